/** The commands that chat: a peer with a prompt, with a page, or with questions and answers. */
import { Option } from 'commander'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import * as flags from './flags.ts'
import * as values from './flag-values.ts'
import type { OnStatus, Subcommand } from './subcommand.ts'

interface PeerOptions extends flags.StartOptions {
  readonly web: boolean
  readonly webHost: string
  readonly webPort?: number
  readonly qr: boolean
  readonly exec?: string
  readonly execBacklog: boolean
  readonly timeout: number
  readonly verbose: boolean
  readonly text: boolean
  readonly quiet: boolean
  readonly json: boolean
  readonly color: boolean
}

interface WebOptions extends flags.StartOptions {
  readonly serverIp: string
  readonly serverPort?: number
  readonly qr: boolean
  readonly exec?: string
  readonly execBacklog: boolean
  readonly color: boolean
}

interface LanOptions extends flags.StorageOptions {
  readonly name?: string
  readonly ip?: string
  readonly port?: number
  readonly interface: readonly string[]
  readonly verbose?: boolean
  readonly timeout: number
}

const WAIT = 'without a terminal: how long to wait for peers and deliveries'

export function addChatCommands(parley: Subcommand, onStatus: OnStatus): void {
  addPeer(parley, onStatus)
  addWeb(parley, onStatus)
  addLan(parley, onStatus)
}

function addPeer(parley: Subcommand, onStatus: OnStatus): void {
  const peer = parley
    .command('peer')
    .description('chat: a peer with a prompt, or between pipes one message a line (the default)')
    .withExamples(
      ['parley', 'chat under your user name'],
      ['parley peer --name alice', 'chat as alice'],
      ['parley peer --name bob --tracker-ip 192.168.1.5', 'with a tracker on another machine'],
      ["echo 'backup done' | parley peer --name cron", 'one line, one message; 3 if nobody got it'],
      ['parley peer --exec \'notify-send -- "$PARLEY_FROM" "$PARLEY_TEXT"\'', 'a command for each message'],
    )
  flags
    .addMeetingOptions(peer)
    .addOption(
      new Option('--web-port <port>', 'where the page is (first free of 8080 to 8179)').argParser(
        values.port,
      ),
    )
    .addOption(
      new Option('--web-host <address>', 'at which address; another than this opens it to your network')
        .default('127.0.0.1')
        .argParser(values.ip),
    )
    .addOption(new Option('--no-web', 'no page in the browser'))
    .addOption(flags.allowHostOption())
    .addOption(flags.qrOption())
    .addOption(flags.hookOption())
    .addOption(flags.backlogOption())
    .addOption(flags.timeoutOption(WAIT, 10))
    .addOption(
      new Option('-v, --verbose', 'say when messages are delivered, and on the LAN every datagram').default(
        false,
      ),
    )
    .addOption(
      new Option(
        '--text',
        'without a terminal: every line is text, also one that begins with / or #',
      ).default(false),
    )
    .addOption(
      new Option('-q, --quiet', 'without a terminal: print only what others say, and problems').default(
        false,
      ),
    )
    .addOption(flags.jsonOption('print one JSON object for each event'))
    .addOption(flags.colorOption())
  flags.addStorageOptions(peer).action(async (options: PeerOptions, command: Subcommand) => {
    const { webHost, webPort, qr, exec, execBacklog, timeout, verbose, json, color, quiet } = options
    const web = { host: webHost, port: webPort, qr, portFlag: '--web-port' }
    const { runPeer } = await import('../chat/run.ts')
    onStatus(
      await runPeer({
        ...flags.startFlags(options, command),
        web: options.web ? web : undefined,
        isWebWanted: webPort !== undefined,
        exec,
        execBacklog,
        timeout,
        verbose,
        isText: options.text,
        quiet,
        json,
        color,
      }),
    )
  })
}

function addWeb(parley: Subcommand, onStatus: OnStatus): void {
  const web = parley
    .command('web')
    .description('a peer without a prompt: only its page in the browser, and an API for programs')
    .withExamples(
      ['parley web', 'a page at the first free port from 8080 on'],
      ['parley web --server-ip 127.0.0.1 --server-port 8001', 'at this address'],
      ['parley web --name bot --exec ./answer.sh', 'a bot: a command for each message'],
    )
  flags
    .addMeetingOptions(web)
    .addOption(
      new Option('--server-ip <address>', 'where the page is').default('127.0.0.1').argParser(values.ip),
    )
    .addOption(
      new Option('--server-port <port>', 'its port (first free of 8080 to 8179)').argParser(values.port),
    )
    .addOption(flags.allowHostOption())
    .addOption(flags.qrOption())
    .addOption(flags.hookOption())
    .addOption(flags.backlogOption())
    .addOption(flags.colorOption())
  flags.addStorageOptions(web).action(async (options: WebOptions, command: Subcommand) => {
    const { serverIp, serverPort, qr, exec, execBacklog, color } = options
    const page = { host: serverIp, port: serverPort, qr, portFlag: '--server-port' }
    const { runWeb } = await import('../running/web-command.ts')
    onStatus(await runWeb({ ...flags.startFlags(options, command), web: page, exec, execBacklog, color }))
  })
}

function addLan(parley: Subcommand, onStatus: OnStatus): void {
  const lan = parley
    .command('lan')
    .description('chat on the LAN without a tracker, with LSNP programs too; commands are asked for by name')
    .withExamples(
      ['parley lan', 'asks for your name, then for commands: POST, DM, PROFILE, LIST, QUIT'],
      ['parley lan --name alice --no-verbose', 'asks for commands at once'],
    )
    .addOption(flags.nameOption())
    .addOption(new Option('-v, --verbose', 'name everybody by user id, and tell who comes and goes'))
    .addOption(new Option('--no-verbose', 'neither; without one of the two it is asked'))
    .addOption(flags.interfaceOption())
    .addOption(new Option('--ip <address>', 'where to listen').argParser(values.ip))
    .addOption(flags.peerPortOption())
    .addOption(
      new Option('--network-key <file>', 'refused: LSNP tells every host who you are').argParser(values.path),
    )
    .addOption(flags.timeoutOption(WAIT, 10))
  flags.addStorageOptions(lan).action(async (options: LanOptions, command: Subcommand) => {
    const { name, ip, port, interface: interfaces, verbose, timeout } = options
    const storage = flags.storageFlags(options, command)
    if (storage.network !== undefined)
      throw new ExitError(
        EXIT.usage,
        'a closed network does not use LSNP, which tells every host who you are: "parley peer" chats there; without a network key, "parley lan" chats in the open one',
      )
    const { runLan } = await import('../lan-guide/lan-command.ts')
    onStatus(await runLan({ name, ip, port, interfaces, verbose, timeout, storage }))
  })
}
