import { contractShape } from '../../src/contract/language/contract-shape.js';
import { when } from '../../src/contract/language/rule-base.js';
import type { Schema } from './shared-schemas.js';

/** The schema of contracts, without the parts that others have, too. */
export const contractSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:zeropage:schema:contract:1',
  title: 'A contract of zeropage',
  ...contractShape.schema,
  $defs: { when: when.schema as Schema },
};
