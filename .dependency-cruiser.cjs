// Each room imports only from the rooms above it (ARCHITECTURE.md). The list below is that order.
const rooms = [
  'core',
  'abi',
  'image',
  'firmware',
  'machine',
  'platform',
  'entry',
  'autopsy',
  'boot',
  'trace',
  'compare',
  'contract',
  'stub',
  'report',
  'view',
  'matrix',
  'cli',
];

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Data flows one way; a cycle means two files are one concern or a room is drawn wrong.',
      severity: 'error',
      from: {},
      // Types alone may refer to each other: they are gone at run time.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-circles-of-types',
      comment:
        'Where types go in a circle nobody can be read, taken out or replaced alone. What is put together of parts that know it is an interface, which comes first (machine/x86/processor.ts). Rooms with circles of types are named here until they have none.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(entry|platform|cli)/' },
      to: { circular: true },
    },
    ...rooms.slice(0, -1).map((room, index) => ({
      name: `${room}-imports-only-rooms-above`,
      comment: `src/${room} may not import from ${rooms.slice(index + 1).join(', ')}.`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: `^src/(${rooms.slice(index + 1).join('|')})/` },
    })),
    {
      name: 'engine-imports-no-instruction-set',
      comment:
        'src/machine/engine runs any instruction set that keeps to engine/architecture.ts; what it took from one, the next could not give.',
      severity: 'error',
      from: { path: '^src/machine/engine/' },
      to: {
        path: '^src/',
        pathNot: '^src/core/|^src/machine/(engine|wasm)/|^src/machine/(memory|saved)\\.ts$',
      },
    },
    {
      name: 'only-the-machine-knows-engine-and-state',
      comment:
        'Where state lies and how code runs are the business of src/machine alone: others read registers by name (cpu.segment.gs.base), memory by guest-physical address (memory.guest), and what machine/observe.ts shows of code. So the engine can be rebuilt without them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/machine/' },
      to: { path: '^src/machine/engine/|^src/machine/[^/]+/state\\.ts$' },
    },
    {
      name: 'library-runs-in-a-browser',
      comment: 'Only the command line may use Node; everything else runs unchanged in a browser tab.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/|\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'production-code-uses-dependencies-only',
      comment: 'What src/ imports must be installed with the package.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
