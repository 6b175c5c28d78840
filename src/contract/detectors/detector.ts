import type { OrderedItem } from '../../core/ordered-table.js';
import type { Found } from '../found.js';
import type { Severity } from '../rule.js';
import type { Subject } from '../subject.js';

/** What a detector says; what it leaves out is filled in for it. */
export type Detected = Omit<Found, 'rule' | 'severity' | 'reproduce'> &
  Partial<Pick<Found, 'severity' | 'reproduce'>>;

/** A shape of boot regressions, recognised in recordings. One file each, one line in the table. */
export interface Detector extends OrderedItem {
  readonly title: string;
  /** Unless a finding says otherwise. */
  readonly severity: Severity;
  detect(subject: Subject): Iterable<Detected>;
}
