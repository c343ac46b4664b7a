/**
 * The flags that commands share. Each is made here once, so that its name, meaning and values are the same everywhere. The
 * most common flags of a command come first in its help.
 */
import { userInfo } from 'node:os'
import { Option, type Command } from 'commander'
import { personName } from '../../chat/wire/fields.ts'
import * as values from './flag-values.ts'
import { givenNetworkKey } from '../running/network-key.ts'
import type { Address } from '../../http/message.ts'
import type { NetworkKey } from '../../identity/network-key.ts'
import type { StorageFlags } from '../running/open-store.ts'
import type { StartFlags } from '../running/start-peer.ts'

export const DEFAULT_TRACKER_PORT = 9001

export interface StorageOptions {
  readonly networkKey?: string
  readonly data?: string
  readonly history: boolean
  readonly ephemeral: boolean
}

/** How a peer meets others. */
export interface MeetingOptions {
  readonly name: string
  readonly ip: string
  readonly ipFallback: boolean
  readonly port?: number
  readonly trackerIp: string
  readonly trackerPort: number
  readonly tracker: boolean
  readonly lan: boolean
  readonly interface: readonly string[]
  readonly peer: readonly Address[]
  readonly allowHost?: readonly string[]
}

/** Flags of every command that starts a peer. */
export interface StartOptions extends StorageOptions, MeetingOptions {}

export function addMeetingOptions<Given extends Command>(command: Given): Given {
  return command
    .addOption(nameOption().default(userName(), 'your user name'))
    .addOption(new Option('--tracker-ip <address>', 'the tracker').default('127.0.0.1').argParser(values.ip))
    .addOption(
      new Option('--tracker-port <port>', 'its port').default(DEFAULT_TRACKER_PORT).argParser(values.port),
    )
    .addOption(new Option('--no-tracker', 'go without a tracker'))
    .addOption(peerPortOption())
    .addOption(new Option('--ip <address>', 'where to listen').default('0.0.0.0').argParser(values.ip))
    .addOption(ipFallbackOption())
    .addOption(networkKeyOption())
    .addOption(interfaceOption())
    .addOption(new Option('--no-lan', 'neither announce yourself on the LAN nor listen for others there'))
    .addOption(
      new Option('--peer <host:port...>', 'peers that neither a tracker nor the LAN tells of')
        .default([], 'none')
        .argParser(values.addresses),
    )
}

export function addStorageOptions<Given extends Command>(command: Given): Given {
  return command
    .addOption(dataOption())
    .addOption(new Option('--no-history', 'keep messages only until they are delivered'))
    .addOption(ephemeralOption())
}

/** The flags for startPeer(). */
export function startFlags(options: StartOptions, command: Command): StartFlags {
  return {
    ...meetingFlags(options, command),
    isNamed: isNamed(command),
    storage: storageFlags(options, command),
  }
}

export function meetingFlags(
  options: MeetingOptions,
  command: Command,
): Omit<StartFlags, 'isNamed' | 'storage'> {
  const { name, ip, ipFallback, port, trackerIp, trackerPort, peer: peers } = options
  const { allowHost: allowHosts = [] } = options
  const tracker = options.tracker ? { host: trackerIp, port: trackerPort } : undefined
  const lan = options.lan ? options.interface : undefined
  const isOptional = isTrackerOptional(command)
  return { name, ip, ipFallback, port, tracker, isTrackerOptional: isOptional, lan, peers, allowHosts }
}

/** Throws ExitError for a network key that cannot be used. */
export function storageFlags(options: StorageOptions, command: Command): StorageFlags {
  const { data, history, ephemeral } = options
  return { data, history, ephemeral, network: networkKeyOf(options, command) }
}

/** Undefined: an open network. Throws ExitError. */
export function networkKeyOf(
  { networkKey: value }: Pick<StorageOptions, 'networkKey'>,
  command: Command,
): NetworkKey | undefined {
  const isTyped = command.getOptionValueSource('networkKey') === 'cli'
  return givenNetworkKey({ value, isTyped }, (sentence) => {
    process.stderr.write(`WARNING: ${sentence}\n`)
  })
}

/** Whether the user gave this option: by its flag, by its variable or in the configuration. */
function isChosen(command: Command, attribute: string): boolean {
  const source = command.getOptionValueSource(attribute)
  return source !== undefined && source !== 'default'
}

/** Whether the user chose the name. */
export function isNamed(command: Command): boolean {
  return isChosen(command, 'name')
}

/** Whether the user did not ask for this tracker: it is tried because one is often there. */
function isTrackerOptional(command: Command): boolean {
  return !isChosen(command, 'trackerIp') && !isChosen(command, 'trackerPort')
}

// --- one by one -------------------------------------------------------------------------------------

export function nameOption(): Option {
  return new Option('-n, --name <name>', 'your name').argParser(values.name)
}

export function peerPortOption(): Option {
  return new Option('-p, --port <port>', 'where to listen (first free of 8000 to 9999)').argParser(
    values.port,
  )
}

export function ipFallbackOption(): Option {
  return new Option(
    '--ip-fallback',
    'listen at every address (0.0.0.0) if this machine does not have that one',
  ).default(false)
}

export function dataOption(): Option {
  return new Option(
    '--data <directory>',
    'where your key and your messages are kept (a directory for each name)',
  ).argParser(values.path)
}

export function ephemeralOption(): Option {
  return new Option('--ephemeral', 'write nothing to disk').default(false)
}

export function qrOption(): Option {
  return new Option('--qr', 'show a QR code of the address of the page').default(false)
}

export function networkKeyOption(): Option {
  return new Option(
    '--network-key <file>',
    'the key of a closed network, as "parley network new" makes it: others are kept out (PARLEY_NETWORK_KEY: the key itself)',
  ).argParser(values.path)
}

export function interfaceOption(): Option {
  return new Option('--interface <name...>', 'interfaces to use the LAN on (lo: this machine only)')
    .default([], 'all')
    .argParser(values.interfaces)
}

export function allowHostOption(): Option {
  return new Option(
    '--allow-host <name...>',
    'names under which browsers and programs may ask for this machine, beside its own',
  )
    .default([], 'none')
    .argParser(values.hostNames)
}

export function allowOriginOption(): Option {
  return new Option(
    '--allow-origin <origin...>',
    'origins (such as http://192.168.1.5:8080) whose web pages may use this tracker',
  )
    .default([], 'none')
    .argParser(values.origins)
}

export function timeoutOption(what: string, usual: number): Option {
  return new Option('--timeout <seconds>', what).default(usual).argParser(values.seconds)
}

export function hookOption(): Option {
  return new Option(
    '--exec <command>',
    'run this in a shell for each message of others: PARLEY_FROM, PARLEY_FROM_ID, PARLEY_CHANNEL, PARLEY_TEXT, PARLEY_ID; JSON on stdin',
  ).argParser(values.command)
}

export function backlogOption(): Option {
  return new Option(
    '--exec-backlog',
    'run it also for messages that were said before this was started',
  ).default(false)
}

export function jsonOption(what: string): Option {
  return new Option('--json', what).default(false)
}

export function colorOption(): Option {
  return new Option('--no-color', 'no colours')
}

export function configOption(): Option {
  return new Option('--config <file>', 'other settings than those in ~/.config/parley/config.json').argParser(
    values.path,
  )
}

/** The system's name of the user; a container may have none. */
function userName(): string {
  try {
    return personName(userInfo().username)
  } catch {
    return 'somebody'
  }
}
