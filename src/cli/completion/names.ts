type Names = () => Promise<readonly string[]>;

const entries: Names = async () => (await import('../../entry/entries.js')).entries.map(({ id }) => id);
const platforms: Names = async () => (await import('../../platform/platform.js')).platformIds;
const stubs: Names = async () =>
  (await import('../../stub/entries/entry-stubs.js')).entryStubs.map(({ id }) => id);

const compared: Names = async () => [
  ...(await import('../../report/comparison/filter.js')).sectionNames,
  ...(await entries()),
];

/** What options of commands can be given, by "command option", or by option where that is the same in all; '' is the argument. */
const tables: Readonly<Record<string, Names>> = {
  'entries ': entries,
  'platforms ': platforms,
  'guest entry': stubs,
  'inspect only': compared,
  'inspect ignore': compared,
  'wrap entry': async () => (await import('../../stub/wrap/wrap.js')).wrapEntries,
  entry: entries,
  platform: platforms,
  until: async () => (await import('../../boot/waypoints.js')).waypointNames,
  device: async () => (await import('../../machine/chipset/extra-devices.js')).extraDeviceIds,
  cpu: async () => Object.keys((await import('../../machine/x86/cpuid.js')).cpuidProfiles),
  only: async () => (await import('../../entry/loaders/loaders.js')).loaders.map(({ id }) => id),
};

/** The names that an option or argument can be given; undefined where there are none, or too many. */
export async function namesFor(command: string, option: string): Promise<readonly string[] | undefined> {
  return (tables[`${command} ${option}`] ?? tables[option])?.();
}
