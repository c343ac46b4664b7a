#!/usr/bin/env node
/** The `parley` command: flags in, one of the sub-commands, an exit status out. */
import { isIP } from 'node:net'
import { networkInterfaces, userInfo } from 'node:os'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { addressProblem, canonicalIp, inBlock } from '../chat/address.ts'
import { personName } from '../chat/schema.ts'
import { VERSION } from '../peer/version.ts'
import { EXIT, ExitError } from './exit-codes.ts'
import { interfaceProblem, namesIn } from './interfaces.ts'
import { runLan } from './lan-command.ts'
import { runPeer, type StartFlags } from './peer-command.ts'
import { runTracker } from './tracker-command.ts'
import { runWeb } from './web-command.ts'
import type { Address } from '../http/message.ts'
import type { KeepingFlags } from './keeping.ts'

const DEFAULT_TRACKER_PORT = 9001

interface StartOptions extends KeepingOptions {
  readonly name: string
  readonly ip: string
  readonly port?: number
  readonly trackerIp: string
  readonly trackerPort: number
  readonly tracker: boolean
  readonly lan: boolean
  readonly interface: readonly string[]
  readonly peer: readonly Address[]
}

interface PeerOptions extends StartOptions {
  readonly web: boolean
  readonly webHost: string
  readonly webPort?: number
  readonly qr: boolean
  readonly timeout: number
  readonly verbose: boolean
  readonly json: boolean
  readonly color: boolean
}

interface WebOptions extends StartOptions {
  readonly serverIp: string
  readonly serverPort?: number
  readonly qr: boolean
  readonly color: boolean
}

interface LanOptions extends KeepingOptions {
  readonly name?: string
  readonly ip?: string
  readonly port?: number
  readonly interface: readonly string[]
  readonly verbose?: boolean
  readonly timeout: number
}

interface TrackerOptions {
  readonly ip: string
  readonly port: number
  readonly allowAnnounce: readonly string[]
  readonly quiet: boolean
  readonly color: boolean
}

function program(onStatus: (status: number) => void): Command {
  const parley = new Command('parley')
    .description('Chat for people on one network. Messages go straight from peer to peer.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('beforeAll', EXAMPLES)
    .addHelpText('after', EXIT_HELP)
    .showSuggestionAfterError()
    .exitOverride()

  addStartOptions(parley.command('peer'))
    .description('chat: a peer with a prompt, or between pipes one message a line (the default)')
    .addOption(new Option('--no-web', 'no page in the browser'))
    .addOption(
      new Option('--web-port <port>', 'where the page is (first free of 8080 to 8179)')
        .env('PARLEY_WEB_PORT')
        .argParser(port),
    )
    .addOption(
      new Option('--web-host <address>', 'at which address; another than this opens it to your network')
        .env('PARLEY_WEB_HOST')
        .default('127.0.0.1')
        .argParser(ip),
    )
    .addOption(qrOption())
    .addOption(timeoutOption())
    .addOption(
      new Option('-v, --verbose', 'say when messages are delivered, and on the LAN every datagram').default(
        false,
      ),
    )
    .addOption(new Option('--json', 'print one JSON object for each event').default(false))
    .addOption(new Option('--no-color', 'no colours'))
    .action(async (options: PeerOptions, command: Command) => {
      const isTrackerOptional = ['trackerIp', 'trackerPort'].every(
        (option) => command.getOptionValueSource(option) === 'default',
      )
      const { webHost, webPort, qr, timeout, verbose, json, color } = options
      const web = { host: webHost, port: webPort, qr, portFlag: '--web-port' }
      onStatus(
        await runPeer({
          ...startFlags(options),
          ...{ isTrackerOptional, timeout, verbose, json, color },
          web: options.web ? web : undefined,
          isWebWanted: webPort !== undefined,
        }),
      )
    })

  addStartOptions(parley.command('web'))
    .description('a peer without a prompt: only its page in the browser, and POST /send-peer for programs')
    .addOption(new Option('--server-ip <address>', 'where the page is').default('127.0.0.1').argParser(ip))
    .addOption(
      new Option('--server-port <port>', 'its port (first free of 8080 to 8179)')
        .env('PARLEY_WEB_PORT')
        .argParser(port),
    )
    .addOption(qrOption())
    .addOption(new Option('--no-color', 'no colours'))
    .action(async (options: WebOptions) => {
      const { serverIp, serverPort, qr, color } = options
      const web = { host: serverIp, port: serverPort, qr, portFlag: '--server-port' }
      onStatus(await runWeb({ ...startFlags(options), web, color }))
    })

  addKeepingOptions(parley.command('lan'))
    .description('chat on the LAN without a tracker, with LSNP programs too; commands are asked for by name')
    .addOption(nameOption())
    .addOption(new Option('-v, --verbose', 'name everybody by user id, and tell who comes and goes'))
    .addOption(new Option('--no-verbose', 'neither; without one of the two it is asked'))
    .addOption(interfaceOption())
    .addOption(new Option('--ip <address>', 'where to listen').env('PARLEY_IP').argParser(ip))
    .addOption(peerPortOption())
    .addOption(timeoutOption())
    .action(async (options: LanOptions) => {
      const { name, ip, port, interface: interfaces, verbose, timeout } = options
      const keeping = keepingFlags(options)
      onStatus(await runLan({ name, ip, port, interfaces, verbose, timeout, keeping }))
    })

  parley
    .command('tracker')
    .description('a tracker: it knows who is there and who is in which channel')
    .addOption(
      new Option('--ip <address>', 'where to listen').env('PARLEY_IP').default('127.0.0.1').argParser(ip),
    )
    .addOption(
      new Option('-p, --port <port>', 'where to listen')
        .env('PARLEY_PORT')
        .default(DEFAULT_TRACKER_PORT)
        .argParser(port),
    )
    .addOption(
      new Option(
        '--allow-announce <block...>',
        'hosts (such as 192.168.1.0/24) that may register other addresses than their own',
      )
        .default([])
        .argParser(block),
    )
    .addOption(new Option('-q, --quiet', 'do not print who comes and goes').default(false))
    .addOption(new Option('--no-color', 'no colours'))
    .action(async (options: TrackerOptions) => {
      onStatus(await runTracker(options))
    })

  for (const command of parley.commands) command.exitOverride().showSuggestionAfterError()
  return parley
}

/** What every peer is started with. */
function addStartOptions(command: Command): Command {
  return addKeepingOptions(command)
    .addOption(nameOption().default(userName(), 'your user name'))
    .addOption(
      new Option('--ip <address>', 'where to listen').env('PARLEY_IP').default('0.0.0.0').argParser(ip),
    )
    .addOption(peerPortOption())
    .addOption(
      new Option('--tracker-ip <address>', 'the tracker')
        .env('PARLEY_TRACKER_IP')
        .default('127.0.0.1')
        .argParser(ip),
    )
    .addOption(
      new Option('--tracker-port <port>', 'its port')
        .env('PARLEY_TRACKER_PORT')
        .default(DEFAULT_TRACKER_PORT)
        .argParser(port),
    )
    .addOption(new Option('--no-tracker', 'go without a tracker'))
    .addOption(new Option('--no-lan', 'neither announce yourself on the LAN nor listen for others there'))
    .addOption(interfaceOption())
    .addOption(
      new Option('--peer <host:port...>', 'peers that neither a tracker nor the LAN tells of')
        .default([], 'none')
        .argParser(address),
    )
}

function startFlags(options: StartOptions): StartFlags {
  const { name, ip, port, trackerIp, trackerPort, peer: peers } = options
  const tracker = options.tracker ? { host: trackerIp, port: trackerPort } : undefined
  const lan = options.lan ? options.interface : undefined
  return { name, ip, port, tracker, lan, peers, keeping: keepingFlags(options) }
}

interface KeepingOptions {
  readonly data?: string
  readonly history: boolean
  readonly ephemeral: boolean
}

function addKeepingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--data <directory>', 'where messages are kept (a directory of your name, see docs)').env(
        'PARLEY_DATA',
      ),
    )
    .addOption(new Option('--no-history', 'keep messages only until they are delivered'))
    .addOption(new Option('--ephemeral', 'write nothing to disk').env('PARLEY_EPHEMERAL').default(false))
}

function keepingFlags({ data, history, ephemeral }: KeepingOptions): KeepingFlags {
  return { data, history, ephemeral }
}

function nameOption(): Option {
  return new Option('-n, --name <name>', 'your name').env('PARLEY_NAME').argParser(name)
}

function peerPortOption(): Option {
  return new Option('-p, --port <port>', 'where to listen (first free of 8000 to 9999)')
    .env('PARLEY_PORT')
    .argParser(port)
}

function qrOption(): Option {
  return new Option('--qr', 'show a QR code of the address of the page').default(false)
}

function interfaceOption(): Option {
  return new Option('--interface <name...>', 'interfaces to use the LAN on (all; lo: this machine only)')
    .env('PARLEY_INTERFACE')
    .default([], 'all')
    .argParser(interfaces)
}

function timeoutOption(): Option {
  return new Option('--timeout <seconds>', 'without a terminal: how long to wait for peers and deliveries')
    .default(10)
    .argParser(seconds)
}

const EXAMPLES = `Examples:
  parley                                     chat under your user name
  parley lan --name alice                    the same by questions and answers, with LSNP programs too
  parley web --server-ip 127.0.0.1 --server-port 8001
  parley tracker --ip 127.0.0.1 --port 9001
  parley peer --ip 127.0.0.1 --port 8000 --name alice --tracker-ip 127.0.0.1 --tracker-port 9001
  echo 'backup done' | parley peer --name cron

`

const EXIT_HELP = `
Exit status: 0 done, 1 failed, 2 wrong usage, 3 nobody to deliver to or not delivered in time,
4 address or port not available, 130 interrupted.`

// --- flags ------------------------------------------------------------------------------------------

function name(value: string): string {
  try {
    return personName(value)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}

function ip(value: string): string {
  if (value === 'localhost') return '127.0.0.1'
  if (isIP(value) === 0)
    throw new InvalidArgumentError('It must be an IP address, such as 127.0.0.1 or 192.168.1.5.')
  return value
}

function port(value: string): number {
  const number = Number(value)
  if (/^[0-9]+$/.test(value) && number >= 1 && number <= 65535) return number
  throw new InvalidArgumentError('It must be a number from 1 to 65535.')
}

function seconds(value: string): number {
  const number = Number(value)
  if (value !== '' && number >= 0 && Number.isFinite(number)) return number
  throw new InvalidArgumentError('It must be a number of seconds.')
}

function interfaces(value: string, before: readonly string[]): readonly string[] {
  const names = [...before, ...namesIn(value)]
  const problem = interfaceProblem(names, networkInterfaces())
  if (problem !== undefined) throw new InvalidArgumentError(problem)
  return names
}

function address(value: string, before: readonly Address[]): readonly Address[] {
  const [, bracketed, plain = '', digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(value) ?? []
  const host = bracketed ?? plain
  const isLiteral = isIP(host) === (bracketed === undefined ? 4 : 6)
  if (!isLiteral)
    throw new InvalidArgumentError('It must be an address such as 192.168.1.5:8000 or [2001:db8::5]:8000.')
  const problem = addressProblem(canonicalIp(host), port(digits))
  if (problem !== undefined) throw new InvalidArgumentError(`Nobody can be there: ${problem}.`)
  return [...before, { host: canonicalIp(host), port: Number(digits) }]
}

function block(value: string, before: readonly string[]): readonly string[] {
  const [base = '', bits = '32'] = value.split('/')
  const isBlock = isIP(base) === 4 && /^[0-9]{1,2}$/.test(bits) && Number(bits) <= 32 && inBlock(base, value)
  if (!isBlock)
    throw new InvalidArgumentError('It must be a block of IPv4 addresses, such as 192.168.1.0/24.')
  return [...before, value]
}

/** The system's name for whoever runs this; a container may have none. */
function userName(): string {
  try {
    return personName(userInfo().username)
  } catch {
    return 'somebody'
  }
}

// --- running ----------------------------------------------------------------------------------------

const OWN_FLAGS = ['-h', '--help', '-V', '--version']

/** `parley --name x` is `parley peer --name x`. Not commander's default command: that takes misspelt ones for words. */
function withCommand(args: readonly string[]): string[] {
  const [first] = args
  const isPeer = first === undefined || (first.startsWith('-') && !OWN_FLAGS.includes(first))
  return isPeer ? ['peer', ...args] : [...args]
}

async function main(): Promise<number> {
  let status: number = EXIT.ok
  try {
    await program((result) => (status = result)).parseAsync(withCommand(process.argv.slice(2)), {
      from: 'user',
    })
    return status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    if (error instanceof ExitError) {
      process.stderr.write(`parley: ${error.message}\n`)
      return error.status
    }
    process.stderr.write(
      `parley: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    )
    return EXIT.failure
  }
}

// Whoever read our output has stopped reading: nothing is wrong, and there is nobody to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failure)
})

process.exitCode = await main()
