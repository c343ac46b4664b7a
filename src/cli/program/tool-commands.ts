/** The other commands: tracker, network, doctor, demo, bench, completion. */
import { Argument, Option } from 'commander'
import * as flags from './flags.ts'
import * as values from './flag-values.ts'
import type { OnStatus, Subcommand } from './subcommand.ts'
import type { IdentityAction } from '../identity/identity-command.ts'

interface TrackerOptions {
  readonly ip: string
  readonly ipFallback: boolean
  readonly port: number
  readonly allowAnnounce: readonly string[]
  readonly allowHost: readonly string[]
  readonly allowOrigin: readonly string[]
  readonly data?: string
  readonly networkKey?: string
  readonly ephemeral: boolean
  readonly quiet: boolean
  readonly color: boolean
}

interface DoctorOptions extends flags.MeetingOptions {
  readonly networkKey?: string
  readonly data?: string
  readonly timeout: number
  readonly json: boolean
  readonly color: boolean
}

interface IdentityOptions {
  readonly name?: string
  readonly data?: string
  readonly passphraseFile?: string
}

interface DemoOptions {
  readonly pause: boolean
  readonly record?: string
  readonly json: boolean
  readonly color: boolean
}

interface BenchOptions {
  readonly seconds: number
  readonly perSecond: number
  readonly json: boolean
}

/** `program`: makes the whole program, for the completion script. */
export function addToolCommands(parley: Subcommand, onStatus: OnStatus, program: () => Subcommand): void {
  addTracker(parley, onStatus)
  addNetwork(parley, onStatus)
  addIdentity(parley, onStatus)
  addDoctor(parley, onStatus)
  addDemo(parley, onStatus)
  addBench(parley, onStatus)
  addCompletion(parley, program)
}

function addTracker(parley: Subcommand, onStatus: OnStatus): void {
  parley
    .command('tracker')
    .description('a tracker: it knows who is there and who is in which channel')
    .withExamples(
      ['parley tracker', 'for the peers of this machine'],
      ['parley tracker --ip 192.168.1.5', 'for those of a network: the address of this machine there'],
    )
    .addOption(new Option('--ip <address>', 'where to listen').default('127.0.0.1').argParser(values.ip))
    .addOption(flags.ipFallbackOption())
    .addOption(
      new Option('-p, --port <port>', 'where to listen')
        .default(flags.DEFAULT_TRACKER_PORT)
        .argParser(values.port),
    )
    .addOption(new Option('-q, --quiet', 'do not print who comes and goes').default(false))
    .addOption(
      new Option(
        '--allow-announce <block...>',
        'hosts (such as 192.168.1.0/24) that may register other addresses than their own',
      )
        .default([], 'none')
        .argParser(values.blocks),
    )
    .addOption(flags.allowHostOption())
    .addOption(flags.allowOriginOption())
    .addOption(
      new Option('--data <directory>', 'where its key is kept (~/.local/share/parley/.tracker)').argParser(
        values.path,
      ),
    )
    .addOption(flags.networkKeyOption())
    .addOption(flags.ephemeralOption())
    .addOption(flags.colorOption())
    .action(async (options: TrackerOptions, command: Subcommand) => {
      const { runTracker } = await import('../running/tracker-command.ts')
      onStatus(await runTracker({ ...options, network: flags.networkKeyOf(options, command) }))
    })
}

function addNetwork(parley: Subcommand, onStatus: OnStatus): void {
  parley
    .command('network')
    .description('a closed network: makes its key, or shows it to give it to another member')
    .addArgument(new Argument('<action>', 'a new key, or the one that is there').choices(['new', 'show']))
    .argument('[file]', 'where the key is (~/.config/parley/network-key)')
    .withExamples(
      ['parley network new office.key', 'a key for a new network, as text and as a QR code'],
      ['parley network show', 'the same key again, for another member'],
      ['parley peer --network-key ~/.config/parley/network-key', 'chat in this network'],
    )
    .addOption(flags.colorOption())
    .action(async (action: 'new' | 'show', file: string | undefined, { color }: { color: boolean }) => {
      const { runNetwork } = await import('../running/network-command.ts')
      onStatus(runNetwork({ action, file, color }))
    })
}

function addIdentity(parley: Subcommand, onStatus: OnStatus): void {
  const what = 'who is here, or what to do with one of them'
  parley
    .command('identity')
    .description('the people of this machine: who they are, and how they move to another machine')
    .addArgument(new Argument('<action>', what).choices(['show', 'export', 'import', 'undo-move', 'succeed']))
    .argument('[file]', 'the file that carries a person, for export and import')
    .withExamples(
      ['parley identity show', 'name, key and directory of each person of this machine'],
      ['parley identity export alice.parley --name alice', 'alice moves: her key, messages and what waits'],
      ['parley identity import alice.parley', 'alice goes on here'],
      ['parley identity undo-move --name alice', 'the file is lost: alice goes on where she was'],
      ['parley identity succeed --name alice', 'another key for alice, to which the old one hands over'],
    )
    .addOption(
      new Option('-n, --name <name>', 'which person; at import, what it is called here').argParser(
        values.name,
      ),
    )
    .addOption(flags.dataOption())
    .addOption(
      new Option(
        '--passphrase-file <file>',
        'its first line is the passphrase (asked for, or read from a pipe)',
      ).argParser(values.path),
    )
    .action(async (action: IdentityAction, file: string | undefined, options: IdentityOptions) => {
      const { runIdentity } = await import('../identity/identity-command.ts')
      const { name, data, passphraseFile } = options
      onStatus(await runIdentity({ action, file, name, data, passphraseFile }))
    })
}

function addDoctor(parley: Subcommand, onStatus: OnStatus): void {
  const doctor = parley
    .command('doctor')
    .description('why you see nobody: looks at everything that a peer needs, and says what fixes it')
    .withExamples(
      ['parley doctor', 'as "parley" would be started'],
      ['parley doctor --tracker-ip 192.168.1.5', 'with the flags of a peer that sees nobody'],
      ['parley doctor --peer 192.168.1.7:8000', 'can this peer be reached?'],
      ['parley doctor --json', 'what was found, as JSON; exit status 1 if something is wrong'],
    )
  flags
    .addMeetingOptions(doctor)
    .addOption(flags.dataOption())
    .addOption(flags.timeoutOption('for everything together', 5))
    .addOption(flags.jsonOption('print what was found as JSON'))
    .addOption(flags.colorOption())
    .action(async (options: DoctorOptions, command: Subcommand) => {
      const { data, timeout, json, color } = options
      const { name, ip, port, tracker, isTrackerOptional, lan, peers } = flags.meetingFlags(options, command)
      const { runDoctor } = await import('../doctor/doctor-command.ts')
      onStatus(
        await runDoctor({
          name,
          isNamed: flags.isNamed(command),
          ip,
          port,
          tracker,
          isTrackerOptional,
          lan: lan !== undefined,
          network: flags.networkKeyOf(options, command),
          interfaces: lan ?? [],
          peers,
          data,
          timeout,
          json,
          color,
        }),
      )
    })
}

function addDemo(parley: Subcommand, onStatus: OnStatus): void {
  parley
    .command('demo')
    .description('a demonstration by itself: a tracker and peers that talk, die and come back')
    .withExamples(
      ['parley demo', 'all of it'],
      ['parley demo --pause', 'a key goes on after each act'],
      ['parley demo --record demo.cast', 'with a recording (asciicast) for others'],
    )
    .addOption(new Option('--pause', 'wait for a key between the acts').default(false))
    .addOption(new Option('--record <file>', 'write a recording of what is printed'))
    .addOption(flags.jsonOption('print one JSON object for each act, and one for the summary'))
    .addOption(flags.colorOption())
    .action(async (options: DemoOptions) => {
      const { pause, record, json, color } = options
      const { runDemo } = await import('../demo/demo-command.ts')
      onStatus(await runDemo({ pause, record, json, color }))
    })
}

function addBench(parley: Subcommand, onStatus: OnStatus): void {
  parley
    .command('bench')
    .description('how fast messages get from one terminal to another on this machine')
    .withExamples(
      ['parley bench', 'exit status 1 unless 99 of 100 messages arrive within 100 ms, all of them, in order'],
      ['parley bench --seconds 60 --per-second 500', 'for longer, and more of them'],
      ['parley bench --json', 'the figures as JSON; times are in milliseconds'],
    )
    .addOption(
      new Option('--seconds <seconds>', 'how long messages are said')
        .default(5)
        .argParser(values.benchSeconds),
    )
    .addOption(
      new Option('--per-second <number>', 'how many a second').default(200).argParser(values.benchPace),
    )
    .addOption(flags.jsonOption('print the figures as JSON'))
    .action(async ({ seconds, perSecond, json }: BenchOptions) => {
      const { runBench } = await import('../bench/bench-command.ts')
      onStatus(await runBench({ seconds, perSecond, json }))
    })
}

function addCompletion(parley: Subcommand, program: () => Subcommand): void {
  parley
    .command('completion')
    .description('print what teaches a shell to complete the commands and flags of parley')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .withExamples(
      ['source <(parley completion bash)', 'in ~/.bashrc'],
      ['source <(parley completion zsh)', 'in ~/.zshrc, after compinit'],
      ['parley completion fish | source', 'in ~/.config/fish/config.fish'],
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('./shell-completion.ts')
      process.stdout.write(completionScript(shell, program()))
    })
}
