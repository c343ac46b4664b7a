/** Settings: flags, variables, configuration; each beats the next, and errors name the place. */
import { describe, expect, test } from 'vitest'
import { ExitError } from '../../../src/cli/system/exit-codes.ts'
import { program } from '../../../src/cli/program/program.ts'
import { applySettings, checkKeys } from '../../../src/cli/program/settings.ts'
import { flagName, takesValue, variableName, type Subcommand } from '../../../src/cli/program/subcommand.ts'

const parley = program(() => undefined)

/** The options of a command with these flags, variables and configuration. */
function settle(
  name: string,
  given: {
    readonly flags?: readonly string[]
    readonly environment?: Readonly<Record<string, string>>
    readonly file?: Readonly<Record<string, unknown>>
  },
): Record<string, unknown> {
  const command = commandNamed(name)
  const { flags = [], environment = {}, file } = given
  command.action(() => undefined)
  command.parseOptions([...flags])
  applySettings(command, environment, file === undefined ? undefined : { file: 'f.json', values: file })
  return command.opts()
}

function commandNamed(name: string): Subcommand {
  const command = program(() => undefined).subcommands.find((each) => each.name() === name)
  if (command === undefined) throw new Error(`no command ${name}`)
  return command
}

function problemIn(task: () => unknown): string {
  try {
    task()
  } catch (error) {
    if (error instanceof ExitError && error.status === 2) return error.message
    throw error
  }
  return 'nothing is wrong'
}

describe('flags beat variables, which beat the file, which beats what is built in', () => {
  const environment = { PARLEY_TRACKER_PORT: '9002' }
  const file = { 'tracker-port': 9003 }
  const flags = ['--tracker-port', '9004']
  test.each([
    ['nothing', {}, 9001],
    ['the file', { file }, 9003],
    ['a variable', { environment }, 9002],
    ['a variable and the file', { environment, file }, 9002],
    ['a flag and all', { flags, environment, file }, 9004],
  ])('%s', (_name, given, trackerPort) => {
    expect(settle('peer', given)).toMatchObject({ trackerPort })
  })
})

describe('the key of a network', () => {
  const environment = { PARLEY_NETWORK_KEY_FILE: '/a', PARLEY_NETWORK_KEY: 'parley-network-1:b' }
  const file = { 'network-key': '/c' }
  test.each([
    ['nothing', {}, undefined],
    ['the file', { file }, '/c'],
    [
      'the variable of the key',
      { file, environment: { PARLEY_NETWORK_KEY: 'parley-network-1:b' } },
      'parley-network-1:b',
    ],
    ['the variable of its file', { file, environment }, '/a'],
    ['a flag', { flags: ['--network-key', '/d'], file, environment }, '/d'],
  ])('%s', (_name, given, networkKey) => {
    for (const command of ['peer', 'web', 'send', 'tracker', 'doctor'])
      expect(settle(command, given)['networkKey']).toBe(networkKey)
  })
})

describe('the origins whose pages may use a tracker', () => {
  const [ONE, OTHER] = ['http://10.0.0.5:8080', 'https://chat.example']

  test.each<[string, Parameters<typeof settle>[1], readonly string[]]>([
    ['none unless given', {}, []],
    ['a flag, several times', { flags: ['--allow-origin', ONE, '--allow-origin', OTHER] }, [ONE, OTHER]],
    ['a flag with several', { flags: ['--allow-origin', ONE, OTHER] }, [ONE, OTHER]],
    ['a variable', { environment: { PARLEY_ALLOW_ORIGIN: `${ONE},${OTHER}` } }, [ONE, OTHER]],
    ['a list in the file', { file: { 'allow-origin': [ONE, OTHER] } }, [ONE, OTHER]],
    ['one in the file', { file: { 'allow-origin': ONE } }, [ONE]],
  ])('%s', (_name, given, allowOrigin) => {
    expect(settle('tracker', given)).toMatchObject({ allowOrigin })
  })

  test('a wrong one in the file is named, with what it must be', () => {
    const file = { 'allow-origin': ['http://10.0.0.5/chat'] }
    expect(problemIn(() => settle('tracker', { file }))).toContain(
      'An origin has no path: give http://10.0.0.5.',
    )
  })
})

describe('variables', () => {
  test.each<[string, Record<string, string>, object]>([
    ['an empty one says nothing', { PARLEY_NAME: '', PARLEY_JSON: '' }, { json: false }],
    ['a flag without a value: 1', { PARLEY_JSON: '1' }, { json: true }],
    ['a flag without a value: Yes', { PARLEY_JSON: 'Yes' }, { json: true }],
    ['a flag without a value: 0', { PARLEY_JSON: '0' }, { json: false }],
    ['a negated flag', { PARLEY_NO_LAN: 'true' }, { lan: false }],
    ['a negated flag that is off', { PARLEY_NO_LAN: 'off' }, { lan: true }],
    [
      'a list with commas',
      { PARLEY_PEER: '10.0.0.1:8000, 10.0.0.2:8001' },
      {
        peer: [
          { host: '10.0.0.1', port: 8000 },
          { host: '10.0.0.2', port: 8001 },
        ],
      },
    ],
    ['others are not ours', { PARLEY_NONSENSE: 'x', NAME: 'y' }, { json: false }],
  ])('%s', (_name, environment, options) => {
    expect(settle('peer', { environment })).toMatchObject(options)
  })

  test('the page has one name, whatever the flag is called', () => {
    const environment = { PARLEY_WEB_PORT: '8099', PARLEY_WEB_HOST: '127.0.0.2' }
    expect(settle('peer', { environment })).toMatchObject({ webPort: 8099, webHost: '127.0.0.2' })
    expect(settle('web', { environment })).toMatchObject({ serverPort: 8099, serverIp: '127.0.0.2' })
  })

  test.each<[string, Record<string, string>, string]>([
    ['a port', { PARLEY_PORT: 'x' }, 'PARLEY_PORT is "x": It must be a number from 1 to 65535.'],
    ['neither on nor off', { PARLEY_JSON: 'maybe' }, 'PARLEY_JSON is "maybe"; it must be 1 or 0'],
  ])('what is wrong is named: %s', (_name, environment, sentence) => {
    expect(problemIn(() => settle('peer', { environment }))).toBe(sentence)
  })
})

describe('the file', () => {
  test.each<[string, Record<string, unknown>, object]>([
    ['text', { name: 'alice' }, { name: 'alice' }],
    ['a number', { port: 8123 }, { port: 8123 }],
    ['true', { 'no-tracker': true }, { tracker: false }],
    ['false', { 'no-tracker': false }, { tracker: true }],
    ['a list', { interface: ['lo'] }, { interface: ['lo'] }],
    ['one of a list', { interface: 'lo' }, { interface: ['lo'] }],
    ['what only another command has', { 'allow-announce': ['10.0.0.0/8'] }, { port: undefined }],
  ])('%s', (_name, file, options) => {
    const settled = settle('peer', { file })
    expect({ ...settled, port: settled['port'] }).toMatchObject(options)
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['text for a switch', { json: 'yes' }, 'f.json: "json" must be true or false, not text'],
    ['a number for a switch', { json: 1 }, 'f.json: "json" must be true or false, not a number'],
    ['a switch for text', { name: true }, 'f.json: "name" must be text, not true'],
    ['a number for text', { name: 5 }, 'f.json: "name" must be text, not a number'],
    ['a number for an address', { 'tracker-ip': 1 }, 'f.json: "tracker-ip" must be text, not a number'],
    ['a list for text', { name: ['a'] }, 'f.json: "name" must be text, not a list'],
    ['text for a number', { timeout: '5' }, 'f.json: "timeout" must be a number, not text'],
    ['text for a port', { port: '8123' }, 'f.json: "port" must be a number, not text'],
    ['a switch for a number', { port: false }, 'f.json: "port" must be a number, not false'],
    ['null for a number', { port: null }, 'f.json: "port" must be a number, not null'],
    [
      'an object in a list',
      { interface: [{}] },
      'f.json: "interface" must be a list of texts, and has an object in it',
    ],
    [
      'a number in a list',
      { interface: ['lo', 5] },
      'f.json: "interface" must be a list of texts, and has a number in it',
    ],
    ['a number for a list', { peer: 5 }, 'f.json: "peer" must be a list of texts, not a number'],
    ['null', { interface: null }, 'f.json: "interface" must be a list of texts, not null'],
    [
      'a value over the limit',
      { port: 70_000 },
      'f.json: "port" is "70000": It must be a number from 1 to 65535.',
    ],
    ['a name that is none', { name: ' ' }, 'f.json: "name" is " ": name must not be empty'],
  ])('what is wrong is named: %s', (_name, file, sentence) => {
    expect(problemIn(() => settle('peer', { file }))).toBe(sentence)
  })

  test.each([
    ['nmae', 'f.json: there is no setting "nmae"; did you mean "name"?'],
    ['lan', 'f.json: there is no setting "lan"; did you mean "no-lan"?'],
    ['trackerIp', 'f.json: there is no setting "trackerIp"; did you mean "tracker-ip"?'],
    ['colour', 'f.json: there is no setting "colour"; it takes the names of flags'],
    ['config', 'f.json: there is no setting "config"; it takes the names of flags'],
    ['__proto__', 'f.json: there is no setting "__proto__"; it takes the names of flags'],
    ['tracker-ip', 'nothing is wrong'],
    ['allow-announce', 'nothing is wrong'],
  ])('a key: %s', (key, sentence) => {
    const values = JSON.parse(`{${JSON.stringify(key)}: 1}`) as Record<string, unknown>
    expect(
      problemIn(() => {
        checkKeys({ file: 'f.json', values }, parley.subcommands)
      }),
    ).toBe(sentence)
  })
})

describe('flags that contradict each other', () => {
  const FILE = { 'tracker-ip': '10.0.0.1', 'no-lan': true, data: '/d' }
  test.each<[name: string, command: string, given: Parameters<typeof settle>[1], sentence: string]>([
    [
      'flags',
      'peer',
      { flags: ['--no-tracker', '--tracker-ip', '10.0.0.1'] },
      '--no-tracker and --tracker-ip contradict each other: without a tracker it has no address',
    ],
    [
      'the port of no tracker',
      'doctor',
      { flags: ['--no-tracker', '--tracker-port', '9001'] },
      '--no-tracker and --tracker-port contradict each other: without a tracker it has no port',
    ],
    [
      'a directory for what is not written',
      'web',
      { flags: ['--ephemeral', '--data', '/d'] },
      '--ephemeral and --data contradict each other: what is not written to disk has no directory',
    ],
    [
      'keys of the file',
      'send',
      { file: { 'no-lan': true, interface: ['lo'] } },
      '"no-lan" and "interface" contradict each other: without the LAN no interface is used',
    ],
    [
      'no page',
      'peer',
      { flags: ['--no-web', '--web-port', '8080'] },
      '--no-web and --web-port contradict each other: without a page it has no port',
    ],
    [
      'no page with a QR code',
      'peer',
      { flags: ['--no-web', '--qr'] },
      '--no-web and --qr contradict each other: without a page it has no QR code',
    ],
    [
      'no page at an address',
      'peer',
      { flags: ['--no-web', '--web-host', '127.0.0.1'] },
      '--no-web and --web-host contradict each other: without a page it has no address',
    ],
    [
      'less and more',
      'peer',
      { flags: ['--quiet', '--verbose'] },
      '--quiet and --verbose contradict each other: one says less and the other more',
    ],
    [
      'two forms',
      'peers',
      { flags: ['--json', '--plain'] },
      '--json and --plain contradict each other: the output has one form',
    ],
    ['a flag without what it is of', 'tail', { flags: ['--exec-backlog'] }, '--exec-backlog needs --exec'],
    ['a fallback of nothing', 'peer', { flags: ['--ip-fallback'] }, '--ip-fallback needs --ip'],
    [
      'what is off contradicts nothing',
      'peer',
      { environment: { PARLEY_NO_TRACKER: '0', PARLEY_TRACKER_IP: '10.0.0.1' } },
      'nothing is wrong',
    ],
    ['in places of different weight', 'peer', { flags: ['--no-tracker'], file: FILE }, 'nothing is wrong'],
  ])('%s', (_name, command, given, sentence) => {
    expect(problemIn(() => settle(command, given))).toBe(sentence)
  })

  test.each<[name: string, given: Parameters<typeof settle>[1], options: object]>([
    [
      'a flag beats the file',
      { flags: ['--no-tracker', '--ephemeral', '--interface', 'lo'], file: FILE },
      {
        tracker: false,
        trackerIp: '127.0.0.1',
        ephemeral: true,
        data: undefined,
        lan: true,
        interface: ['lo'],
      },
    ],
    [
      'a flag beats a variable',
      { flags: ['--tracker-ip', '10.0.0.2'], environment: { PARLEY_NO_TRACKER: '1' } },
      { tracker: true, trackerIp: '10.0.0.2' },
    ],
    [
      'of two variables the first counts',
      {
        environment: {
          PARLEY_EPHEMERAL: '1',
          PARLEY_DATA: '/d',
          PARLEY_NO_LAN: '1',
          PARLEY_INTERFACE: 'lo',
          PARLEY_NO_TRACKER: '1',
          PARLEY_TRACKER_IP: '10.0.0.1',
        },
      },
      { ephemeral: true, data: undefined, lan: false, interface: [], tracker: false },
    ],
    [
      'a variable beats the file',
      { environment: { PARLEY_EPHEMERAL: '1' }, file: FILE },
      { ephemeral: true, data: undefined },
    ],
  ])('%s', (_name, given, options) => {
    const settled = settle('peer', given)
    expect({ ...settled, data: settled['data'] }).toMatchObject(options)
  })
})

describe('the flags of all commands', () => {
  const all = parley.subcommands.flatMap((command) =>
    command.settings.map((option) => ({ command: command.name(), option })),
  )

  test('each has a variable, and a variable means one flag, the address of the page excepted', () => {
    const flagsOf = new Map<string, Set<string>>()
    for (const { option } of all) {
      const variable = variableName(option)
      expect(variable).toMatch(/^PARLEY_[A-Z]+(?:_[A-Z]+)*$/)
      flagsOf.set(variable, (flagsOf.get(variable) ?? new Set()).add(flagName(option)))
    }
    const shared = [...flagsOf].filter(([, names]) => names.size > 1).map(([variable]) => variable)
    expect(shared.sort()).toEqual(['PARLEY_WEB_HOST', 'PARLEY_WEB_PORT'])
  })

  test('the variables of a hook are no settings of a command in it', () => {
    const variables = all.map(({ option }) => variableName(option))
    for (const told of ['PARLEY_ID', 'PARLEY_FROM', 'PARLEY_CHANNEL', 'PARLEY_TEXT'])
      expect(variables).not.toContain(told)
  })

  test('a flag takes a value in every command, or in none', () => {
    const valued = new Map<string, boolean>()
    for (const { option } of all) {
      const name = flagName(option)
      expect(takesValue(option), name).toBe(valued.get(name) ?? takesValue(option))
      valued.set(name, takesValue(option))
    }
  })
})
