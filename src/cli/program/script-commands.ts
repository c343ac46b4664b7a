/** The commands for scripts, which use the peer that runs on this machine. */
import { Option } from 'commander'
import * as flags from './flags.ts'
import * as values from './flag-values.ts'
import type { OnStatus, Subcommand } from './subcommand.ts'

interface SendOptions extends flags.StartOptions {
  readonly timeout: number
  readonly json: boolean
}

/** Flags that choose one of the running peers. */
interface WhichOptions {
  readonly name?: string
  readonly data?: string
  readonly networkKey?: string
}

interface TailOptions extends WhichOptions {
  readonly last: number
  readonly exec?: string
  readonly execBacklog: boolean
  readonly json: boolean
  readonly color: boolean
}

interface PeersOptions extends WhichOptions {
  readonly json: boolean
  readonly plain: boolean
}

const QUOTE = "(quote channels, '#' begins a comment in a shell: parley send '#ops' hello)"

export function addScriptCommands(parley: Subcommand, onStatus: OnStatus): void {
  addSend(parley, onStatus)
  addTail(parley, onStatus)
  addPeers(parley, onStatus)
}

function addSend(parley: Subcommand, onStatus: OnStatus): void {
  const send = parley
    .command('send')
    .description('say something, and wait until everybody has it')
    .argument('<to>', "a channel ('#ops'), or a person (bob, @bob, 192.168.1.5:8000)")
    .argument('[text...]', 'what to say; without it, or with "-", all of standard input is one message')
    .withExamples(
      ["parley send '#ops' 'backup done'", 'to everybody in #ops; exit status 3 if anyone did not get it'],
      ["parley send @bob 'are you there?'", 'to bob alone'],
      ["df -h | parley send '#ops'", 'what a command prints, as one message'],
      ["parley send '#ops' done --json --timeout 30", 'tells who got it, as JSON'],
    )
    .withHint(QUOTE)
    .addOption(flags.timeoutOption('how long to wait for a recipient to be there, and for deliveries', 10))
    .addOption(flags.jsonOption('print how the message fared, as one JSON object'))
  flags.addMeetingOptions(send)
  flags
    .addStorageOptions(send)
    .addHelpText(
      'after',
      `
It is said by the peer that runs on this machine; --name or --data tells which
if there are several. If there is none, it is said by one of its own, which
ends when everybody has the message: the flags of "parley peer" are for that.
It makes no person of a new name: "parley peer --name NAME" does.`,
    )
    .action(async (to: string, words: readonly string[], options: SendOptions, command: Subcommand) => {
      const { timeout, json } = options
      const { runSend } = await import('../scripts/send-command.ts')
      onStatus(await runSend({ ...flags.startFlags(options, command), to, words, timeout, json }))
    })
}

function addTail(parley: Subcommand, onStatus: OnStatus): void {
  which(
    parley
      .command('tail')
      .description('follow what is said, until it is interrupted')
      .argument('[conversations...]', "channels ('#ops') and people (@bob); all, if none is named")
      .withExamples(
        ['parley tail', 'everything that is said to you'],
        ["parley tail '#ops' --last 20", 'one channel, its last 20 messages first'],
        ["parley tail '#ops' --json | jq -r .text", 'one JSON object a line'],
        [
          'parley tail --exec \'printf "%s: %s\\n" "$PARLEY_FROM" "$PARLEY_TEXT" >> log\'',
          'a command for each message',
        ],
      )
      .addOption(
        new Option('--last <n>', 'begin with so many messages').default(0).argParser(values.messageCount),
      )
      .addOption(flags.jsonOption('print one JSON object for each message'))
      .addOption(flags.hookOption())
      .addOption(flags.backlogOption()),
  )
    .addOption(flags.colorOption())
    .action(async (conversations: readonly string[], options: TailOptions, command: Subcommand) => {
      const network = flags.networkKeyOf(options, command)?.label
      const { runTail } = await import('../scripts/tail-command.ts')
      onStatus(await runTail({ ...options, network, conversations }))
    })
}

function addPeers(parley: Subcommand, onStatus: OnStatus): void {
  which(
    parley
      .command('peers')
      .description('who is here: name, key, address, by which source it is known, channels')
      .withExamples(
        ['parley peers', 'a table'],
        ['parley peers --plain | cut -f2', 'one line each, separated by tabs: the names'],
        ['parley peers --json | jq -r \'select(.channels | index("ops")) | .name\'', 'who is in #ops'],
      )
      .addOption(flags.jsonOption('print one JSON object for each'))
      .addOption(new Option('--plain', 'print one line for each, separated by tabs').default(false)),
  ).action(async (options: PeersOptions, command: Subcommand) => {
    const network = flags.networkKeyOf(options, command)?.label
    const { runPeers } = await import('../scripts/peers-command.ts')
    onStatus(await runPeers({ ...options, network }))
  })
}

function which(command: Subcommand): Subcommand {
  return command
    .addOption(
      new Option('-n, --name <name>', 'the peer of this name, if several run here').argParser(values.name),
    )
    .addOption(
      new Option('--data <directory>', 'the peer that keeps its messages there').argParser(values.path),
    )
    .addOption(
      new Option('--network-key <file>', 'the peer in the closed network of this key').argParser(values.path),
    )
}
