/** The walls of the house: which folder may import which (docs/design.md). Every import counts, also those of types. */

/** Folders of src, and what else of src each may import. */
const LAYERS = {
  http: [],
  noise: [],
  identity: ['noise'],
  secure: ['chat/rate-limit', 'http', 'identity', 'noise'],
  chat: ['http/ip', 'identity'],
  metrics: ['chat', 'http'],
  store: ['chat', 'http/ip', 'identity/public-key'],
  udp: ['chat', 'http', 'identity/public-key'],
  tracker: ['chat', 'http', 'identity', 'metrics', 'secure'],
  peer: ['chat', 'http', 'identity', 'metrics', 'secure', 'store', 'udp'],
  web: ['chat', 'http/ip', 'peer/local-api'],
}

const layers = Object.entries(LAYERS).map(([folder, below]) => ({
  name: `${folder}-looks-down`,
  severity: 'error',
  comment: `src/${folder} imports nothing of src but ${['itself', ...below].join(', ')}.`,
  from: { path: `^src/${folder}/` },
  to: { path: '^src/', pathNot: [folder, ...below].map((each) => `^src/${each}(/|\\.ts$)`) },
}))

export default {
  forbidden: [
    ...layers,
    {
      name: 'no-circle',
      severity: 'error',
      comment: 'Two files that need each other are one file, or share a third.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphan',
      severity: 'error',
      comment: 'A file that nothing imports is not needed.',
      from: { orphan: true, path: '^src/', pathNot: ['\\.d\\.ts$'] },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.js', '.json'] },
  },
}
