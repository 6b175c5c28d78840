import { orderedTable } from '../../../core/ordered-table.js';
import { type ForbiddenRule, forbidden } from './forbidden.js';
import { type HoldsRule, holds } from './holds.js';
import type { Kind } from './kind.js';
import { type LimitRule, limit } from './limit.js';
import { type NotOfferedRule, notOffered } from './not-offered.js';
import { type OfferedRule, offered } from './offered.js';
import { type ReachesRule, reaches } from './reaches.js';
import { type RequiredRule, required } from './required.js';
import { type SupportedRule, supported } from './supported.js';

/** A rule of any kind. */
export type Rule =
  | OfferedRule
  | NotOfferedRule
  | ReachesRule
  | RequiredRule
  | SupportedRule
  | ForbiddenRule
  | HoldsRule
  | LimitRule;

/** Kinds of rules. A new one is one file here and one line in this table and in `Rule`. */
export const kinds: readonly Kind[] = orderedTable<Kind>('kinds of rules', [
  offered,
  notOffered,
  reaches,
  required,
  supported,
  forbidden,
  holds,
  limit,
]);
