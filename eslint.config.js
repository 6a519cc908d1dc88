import tseslint from 'typescript-eslint';

// The rooms of the house (CONTRIBUTING.md): a stage imports model/ and support/ and nothing else of src/.
const stages = ['acquire', 'parse', 'judge', 'record', 'report', 'deliver'];

// One owner each: the room that may import the library. Everybody else goes through a port of model/.
const owners = {
  jsforce: ['src/acquire'],
  'playwright-core': ['src/acquire'],
  'csv-parse': ['src/parse'],
  yauzl: ['src/parse'],
  'node:sqlite': ['src/record'],
  nodemailer: ['src/deliver'],
  winston: ['src/support'],
  'node-cron': ['src/job/schedule.ts', 'src/config'],
  commander: ['src/cli.ts', 'src/commands'],
  'smtp-server': ['src/demo'],
  yaml: ['src/config'],
};

const pureRooms = ['judge', 'report', 'model'];

// What is built from the stages, in the order in which it is built: each knows only what stands before it.
const storeys = ['run', 'compose', 'doctor', 'job', 'health'];
const entrances = ['commands', 'demo'];

function libraryPatterns(place) {
  return Object.entries(owners)
    .filter(([, rooms]) => !rooms.some((room) => place === room || place.startsWith(`${room}/`)))
    .map(([library]) => ({
      group: [library, `${library}/*`],
      message: `${library} belongs to ${owners[library].join(' and ')}: go through a port of model/.`,
    }));
}

/** Rules for the files `depth` folders below src/: how far a file has to climb tells what it reaches. */
function roomRules(room, depth) {
  const others = [...stages, ...storeys, ...entrances, 'config', 'model', 'support'];
  const allowed = { model: [], support: ['model'] }[room] ?? ['model', 'support'];
  const forbidden = others.filter((other) => other !== room && !allowed.includes(other));
  const climb = '\\.\\./'.repeat(depth);
  return {
    files: [`src/${room}/${'*/'.repeat(depth - 1)}*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^${climb}(${forbidden.join('|')})/`,
              message: `${room}/ imports only ${allowed.join(' and ') || 'itself'}; pipeline.ts and compose.ts join the rooms.`,
            },
            {
              regex: `^${climb}([a-z-]+\\.ts$|\\.\\./)`,
              message: `${room}/ does not know what is built on top of it.`,
            },
            ...(pureRooms.includes(room)
              ? [
                  {
                    regex: '^node:(?!url$|crypto$)',
                    message: `${room}/ is pure: no I/O, time and data arrive as arguments.`,
                  },
                ]
              : []),
            ...libraryPatterns(`src/${room}`),
          ],
        },
      ],
      ...(pureRooms.includes(room) ? { 'no-restricted-syntax': ['error', ...impurities] } : {}),
    },
  };
}

/** Rules for what is built from the stages: nothing of it knows what is built on top of it. */
function storeyRules(storey, index) {
  const above = [...storeys.slice(index + 1), ...entrances];
  return {
    files: [`src/${storey}/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^\\.\\./((${above.join('|')})/|(worker|cli)\\.ts$)`,
              message: `${storey}/ does not know what is built on top of it: ${above.join(', ')}.`,
            },
            ...libraryPatterns(`src/${storey}`),
          ],
        },
      ],
    },
  };
}

const impurities = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'pure: time is an argument' },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'pure: time is an argument',
  },
  { selector: "MemberExpression[object.name='process']", message: 'pure: no process' },
  { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'pure: no randomness' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', 'data/', '.demo/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // winston's own transports do not satisfy the rule.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'exit', message: 'src/cli.ts sets process.exitCode; nobody exits.' },
        { object: 'process', property: 'env', message: 'src/config/ is the only reader of the environment.' },
      ],
      'no-restricted-imports': ['error', { patterns: libraryPatterns('src') }],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
    },
  },
  ...[...stages, 'model', 'support', 'config'].flatMap((room) => [roomRules(room, 1), roomRules(room, 2)]),
  ...storeys.map(storeyRules),
  {
    files: ['src/commands/**/*.ts', 'src/cli.ts', 'src/job/schedule.ts', 'src/demo/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: libraryPatterns('src/commands').filter(
            ({ group }) => !group.includes('smtp-server') && !group.includes('node-cron'),
          ),
        },
      ],
    },
  },
  { files: ['src/config/**/*.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['test/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      'no-console': 'off',
      'no-restricted-properties': 'off',
      'max-lines': ['error', { max: 600 }],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
