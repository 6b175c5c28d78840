import type { RecordedPlace } from '../trace/learned/row.js';
import { placeName } from '../trace/place-name.js';
import type { Recording } from '../trace/recording.js';
import type { OpKind, OpSites, RecordedOp } from '../trace/states/row.js';
import { pathsOf } from './path.js';

/** An operation on one path. */
export interface OpOnPath {
  readonly kind: OpKind;
  readonly target: string | null;
  /** "xen_init_mmu_ops+0x33", and who called that, as far as is known; null: it is as in the image, or nobody was seen. */
  readonly by: {
    readonly function: string;
    readonly callers: readonly string[];
    readonly instruction: number;
  } | null;
  readonly sites: readonly OpSites[];
}

/** A member of a table. */
export interface OpRow {
  readonly member: string;
  /** What the image has; null for none. */
  readonly initial: string | null;
  /** Not the same function or number on all paths that have it, or not the same code at the places that call it. */
  readonly differs: boolean;
  /** By path; null where that has no such member: another image, or the boot did not get there. */
  readonly paths: Readonly<Record<string, OpOnPath | null>>;
}

export interface OpsAt {
  readonly waypoint: string;
  /** Instructions retired before it, by path; null: it did not get there. */
  readonly instructions: Readonly<Record<string, number | null>>;
  readonly tables: readonly {
    readonly table: string;
    /** It lay in init memory and is gone by then. */
    readonly freed: boolean;
    readonly ops: readonly OpRow[];
  }[];
}

/** Tables of operations of several boots: schema/ops.schema.json. */
export interface OpsReport {
  readonly schemaVersion: 1;
  readonly paths: readonly {
    readonly path: string;
    readonly image: string;
    readonly entry: string;
    readonly platform: string;
    readonly verdict: string;
    /** Why there are no tables; null where there are. */
    readonly problem: string | null;
  }[];
  readonly at: readonly OpsAt[];
}

/** What each operation is at some waypoints, on each path. */
export function compareOps(recordings: readonly Recording[], waypoints: readonly string[]): OpsReport {
  const paths = pathsOf(recordings);
  return {
    schemaVersion: 1,
    paths: paths.map(({ name, recording: { image, boot, verdict, opsProblem } }) => ({
      path: name,
      image: image.name,
      entry: boot.entry,
      platform: boot.platform,
      verdict,
      problem: opsProblem,
    })),
    at: waypoints.map((waypoint) => opsAt(paths, waypoint)),
  };
}

interface Named {
  readonly name: string;
  readonly recording: Recording;
}

function opsAt(paths: readonly Named[], waypoint: string): OpsAt {
  const states = paths.map(({ name, recording }) => ({
    name,
    recording,
    state: recording.states.find((state) => state.waypoint === waypoint),
  }));
  const tables = [...new Set(states.flatMap(({ state }) => state?.tables.map(({ table }) => table) ?? []))];
  return {
    waypoint,
    instructions: Object.fromEntries(states.map(({ name, state }) => [name, state?.instruction ?? null])),
    tables: tables.map((table) => {
      const columns = states.map(({ name, recording, state }) => ({
        name,
        recording,
        table: state?.tables.find((each) => each.table === table),
      }));
      const members = new Set(
        columns.flatMap(({ table: each }) => each?.ops.map(({ member }) => member) ?? []),
      );
      return {
        table,
        freed: columns.some(({ table: each }) => each?.freed === true),
        ops: [...members].map((member) => {
          const found = columns.map(({ name, recording, table: each }) => ({
            name,
            recording,
            op: each?.ops.find((op) => op.member === member),
          }));
          return rowOf(member, found);
        }),
      };
    }),
  };
}

function rowOf(member: string, found: readonly (Named & { readonly op: RecordedOp | undefined })[]): OpRow {
  const known = found.flatMap(({ op }) => (op ? [op] : []));
  const said = new Set(known.map(({ target, sites }) => JSON.stringify([target, codes(sites)])));
  return {
    member,
    initial: known[0]!.initial,
    differs: said.size > 1,
    paths: Object.fromEntries(
      found.map(({ name, recording, op }) => [name, op ? onPath(op, recording) : null]),
    ),
  };
}

/** What stands at the call sites: how many there are differs where some are free memory. */
const codes = (sites: readonly OpSites[]): string[] => sites.map(({ code }) => code).sort();

function onPath({ kind, target, by, sites }: RecordedOp, { functions }: Recording): OpOnPath {
  const name = (place: RecordedPlace): string => placeName(functions, place);
  return {
    kind,
    target,
    by: by && { function: name(by), callers: by.callers.map(name), instruction: by.instruction },
    sites,
  };
}
