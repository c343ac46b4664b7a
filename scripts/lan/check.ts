/**
 * What the LAN mode promises, seen on a LAN: real peers on hosts of scripts/lan/lab.sh, links that fail, hosts that go.
 *
 *   npm run check:lan -- [NAME…] [--quick]
 *
 * Prints a line for each check with what was measured; exit 1 when one failed. `--quick` leaves out what waits for
 * minutes. Without arguments it makes the LAN itself (Linux, user namespaces; nft for losses).
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { commandLine, refuse } from '../support/command-line.ts'
import { captured, refuseSecrets } from './capture.ts'
import { byHand, newNetwork, talkInClosed } from './closed.ts'
import { Program, output, peer, seesAny, shell, sleep, type Start } from './host.ts'

const { switches, words } = commandLine({
  numbers: {},
  switches: ['quick', 'within'],
  words: 'NAME…: only checks with such words in their names',
})

if (!switches.within) {
  const lab = fileURLToPath(new URL('./lab.sh', import.meta.url))
  const self = ['npx', 'tsx', fileURLToPath(import.meta.url), '--within', ...process.argv.slice(2)]
  process.exit(spawnSync(lab, ['3', ...self], { stdio: 'inherit' }).status ?? 1)
}

interface Check {
  readonly slow?: boolean
  readonly run: (start: Start) => Promise<string>
}

const HOSTS = [1, 2, 3]

const CHECKS: Readonly<Record<string, Check>> = {
  'three hosts know each other within 1 s of start': {
    run: async (start) => {
      const peers = three(start)
      const took = await everybodyKnows(peers, 3_000)
      return within(took, 1_000)
    },
  },

  'the same with 30 % loss, within 5 s': {
    run: async (start) => {
      loss(30)
      const took = await everybodyKnows(three(start), 8_000)
      return within(took, 5_000)
    },
  },

  'three peers on one host know each other within 1 s': {
    run: async (start) => {
      const peers = ['ann', 'ben', 'cat'].map((name) => start(1, name))
      return within(await everybodyKnows(peers, 3_000), 1_000)
    },
  },

  'a message to everybody reaches all, one to somebody only that one': {
    run: async (start) => {
      const [ann, ben, cat] = await threeReady(start)
      ann.write('hello all')
      await Promise.all([ben.hears('hello all', 2_000), cat.hears('hello all', 2_000)])
      ben.write('/msg cat only you')
      await cat.hears('only you', 2_000)
      await sleep(300)
      if (ann.texts.length > 0) throw new Error(`ann heard ${ann.texts.join()}`)
      return 'both arrived, and only where they should'
    },
  },

  'a peer that quits is gone at once': {
    run: async (start) => {
      const [ann, ben] = await threeReady(start)
      const now = performance.now()
      ann.write('/quit')
      return within((await ben.loses('ann', 5_000, now)) - now, 2_000)
    },
  },

  'a killed peer is gone within 16 s': {
    run: async (start) => {
      const [ann, ben] = await threeReady(start)
      const now = performance.now()
      ann.signal('SIGKILL')
      return within((await ben.loses('ann', 20_000, now)) - now, 16_000)
    },
  },

  'an address that changes: found again within 6 s of the change, nobody leaves': {
    run: async (start) => {
      const [ann, ben, cat] = await threeReady(start)
      const now = performance.now()
      shell('ip -n h1 addr del 10.77.0.11/24 dev eth0; ip -n h1 addr add 10.77.0.91/24 brd + dev eth0')
      const took = await untilHeard(ann, ben, 'from a new address', now, 12_000)
      if (lost(cat, now).length > 0) throw new Error(`cat lost ${lost(cat, now).join()}`)
      return within(took, 6_000)
    },
  },

  'a link that is down for 5 s: found again within 6 s of its return': {
    run: async (start) => {
      const [ann, ben] = await threeReady(start)
      shell('ip link set v1 down')
      await sleep(5_000)
      shell('ip link set v1 up')
      const now = performance.now()
      return within(await untilHeard(ann, ben, 'back again', now, 12_000), 6_000)
    },
  },

  'a link that is down for 25 s: gone meanwhile, found again within 10 s of its return': {
    slow: true,
    run: async (start) => {
      const [ann, ben] = await threeReady(start)
      const down = performance.now()
      shell('ip link set v1 down')
      await ben.loses('ann', 20_000, down)
      await sleep(25_000 - (performance.now() - down))
      shell('ip link set v1 up')
      const now = performance.now()
      await Promise.all([ben.sees('ann', 15_000, now), ann.sees('ben', 15_000, now)])
      return within(performance.now() - now, 10_000)
    },
  },

  'partition and heal: what was said meanwhile arrives once, in order': {
    run: async (start) => {
      const [ann, ben] = await threeReady(start)
      shell('ip link set v1 down')
      const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`)
      for (const line of lines) ann.write(line)
      await sleep(8_000)
      shell('ip link set v1 up')
      await ben.hears('line 20', 45_000)
      await sleep(1_000)
      if (ben.texts.join() !== lines.join()) throw new Error(`ben heard ${ben.texts.join(', ')}`)
      return '20 of 20, in order'
    },
  },

  'a pipe of 6000 lines to another host: all of them, in order, exit 0; with a stopped host beside it the others get all':
    {
      slow: true,
      run: async (start) => {
        const [ann, ben, cat] = await threeReady(start)
        const lines = Array.from({ length: 6_000 }, (_, index) => `line ${index + 1}`)
        const begin = performance.now()
        for (const line of lines.slice(0, 3_000)) ann.write(line)
        await ben.hears('line 3000', 120_000)
        cat.signal('SIGSTOP')
        for (const line of lines.slice(3_000)) ann.write(line)
        await ben.hears('line 6000', 180_000)
        cat.signal('SIGCONT')
        ann.endInput()
        const took = performance.now() - begin
        const wrong = lines.findIndex((line, index) => ben.texts[index] !== line)
        if (wrong !== -1) throw new Error(`ben heard "${ben.texts[wrong] ?? 'nothing'}" in line ${wrong + 1}`)
        await ann.ended
        return `6000 of 6000, in order, in ${(took / 1_000).toFixed(0)} s`
      },
    },

  'a host asleep for 60 s: it loses nobody, and is found again within 6 s': {
    slow: true,
    run: async (start) => {
      const [ann, ben, cat] = await threeReady(start)
      ann.signal('SIGSTOP')
      await sleep(60_000)
      ann.signal('SIGCONT')
      const now = performance.now()
      await Promise.all([ben.sees('ann', 10_000, now), cat.sees('ann', 10_000, now)])
      const took = performance.now() - now
      await sleep(3_000)
      if (lost(ann, 0).length > 0) throw new Error(`ann lost ${lost(ann, 0).join()}`)
      return within(took, 6_000)
    },
  },

  'a tracker user and a LAN user read each other through a third, and the tracker is killed': {
    run: async (start) => {
      const tracker = start(1, 'tracker', 'tracker', '--ip', '10.77.0.11')
      await tracker.until(() => true, 3_000)
      const toTracker = ['--tracker-ip', '10.77.0.11']
      const ann = start(1, 'ann', '--no-lan', ...toTracker)
      const ben = start(2, 'ben', ...toTracker)
      const cat = start(3, 'cat', '--no-tracker')
      await Promise.all([ben.sees('cat', 5_000), seesAny(ben, 'ann')])
      ann.write('from the tracker')
      await cat.hears('from the tracker', 3_000)
      cat.write('from the LAN')
      await ann.hears('from the LAN', 3_000)
      tracker.signal('SIGKILL')
      await sleep(500)
      cat.write('LAN goes on')
      ben.write('so do we')
      await Promise.all([ben.hears('LAN goes on', 3_000), cat.hears('so do we', 3_000)])
      const twice = [ann, ben, cat].filter(({ texts }) => new Set(texts).size < texts.length)
      if (twice.length > 0) throw new Error(`${twice.map(({ name }) => name).join()} heard something twice`)
      return 'both ways, once each'
    },
  },

  'a capture of the LAN: no word of what peers say on it, nor over a tracker': {
    run: async (start) => {
      const frames = await captured(async () => {
        const tracker = start(1, 'tracker', 'tracker', '--ip', '10.77.0.11', '--ephemeral')
        await tracker.until(() => true, 5_000)
        const toTracker = ['--tracker-ip', '10.77.0.11']
        const [ann, ben] = [start(1, 'ann', ...toTracker), start(2, 'ben', ...toTracker)]
        await Promise.all([seesAny(ann, 'ben'), seesAny(ben, 'ann')])
        ann.write('xyzzy to all')
        ben.write('/msg ann xyzzy to one')
        await Promise.all([ben.hears('xyzzy to all', 5_000), ann.hears('xyzzy to one', 5_000)])
        const cat = start(3, 'cat', '--no-tracker')
        await cat.hears('xyzzy to all', 15_000)
        await sleep(500)
      })
      if (!frames.includes('GET /p2p/secure')) throw new Error('the capture has no connection in it')
      const at = frames.indexOf('xyzzy')
      if (at !== -1) throw new Error(`in clear: ${frames.toString('latin1', at - 200, at + 100)}`)
      return `not one in ${frames.length} bytes`
    },
  },

  'a capture of a closed network: no word, name, channel or key of it, and nothing of LSNP': {
    run: async (start) => {
      const network = newNetwork()
      nft(1, 'output', 'udp dport { 50999, 9002 } counter')
      const secrets = network.secrets
      const frames = await captured(async () => {
        secrets.push(...(await talkInClosed(start, network)))
      })
      if (!frames.includes('Sec-Parley-Noise')) throw new Error('the capture has no connection in it')
      refuseSecrets(frames, secrets)
      const lsnp = counted(1)
      if (lsnp !== 0) throw new Error(`${lsnp} datagrams to the ports of LSNP`)
      return `none of ${secrets.length} in ${frames.length} bytes`
    },
  },

  'a closed network on the LAN: known within 1 s, at a new address within 6 s, gone at once, or 31 s after it is killed':
    {
      slow: true,
      run: async (start) => {
        const [ann, ben, cat] = three(start, '--network-key', newNetwork().file)
        const known = within(await everybodyKnows([ann, ben, cat], 5_000), 1_000)
        let now = performance.now()
        shell('ip -n h1 addr del 10.77.0.11/24 dev eth0; ip -n h1 addr add 10.77.0.91/24 brd + dev eth0')
        const found = within(await untilHeard(ann, ben, 'from a new address', now, 12_000), 6_000)
        now = performance.now()
        cat.write('/quit')
        const gone = within((await ben.loses('cat', 5_000, now)) - now, 2_000)
        now = performance.now()
        ann.signal('SIGKILL')
        return [known, found, gone, within((await ben.loses('ann', 40_000, now)) - now, 31_000)].join(', ')
      },
    },

  'strangers at a closed network: one sentence each, and no byte after it': {
    run: async (start) => {
      const network = newNetwork()
      const secrets = network.secrets
      const answers: string[] = []
      const frames = await captured(async () => {
        secrets.push(...(await talkInClosed(start, network)))
        for (const port of [8000, 9001]) {
          answers.push(output(`ip netns exec h3 curl -s -i http://10.77.0.11:${port}/get-list`))
          answers.push(byHand(port, 'POST /receive HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}'))
          answers.push(
            byHand(port, 'GET /p2p/hello HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n'),
          )
        }
        const olga = start(3, 'olga', '--peer', '10.77.0.11:8000', '--tracker-ip', '10.77.0.11')
        await olga.until((event) => JSON.stringify(event).includes('is not in your network'), 10_000)
        await olga.until((event) => JSON.stringify(event).includes('this network has a key'), 10_000)
      })
      refuseSecrets(frames, secrets)
      for (const answer of answers) {
        const [head = '', body = '', ...more] = answer.split('\r\n\r\n')
        if (!head.startsWith('HTTP/1.1 403 ') || more.length > 0) throw new Error(`an answer: ${answer}`)
        if (!/^\{"error":"closed_network","detail":"[^"]*"\}$/.test(body)) throw new Error(`a body: ${body}`)
      }
      return `${answers.length} answers by hand and by curl, and an open Parley`
    },
  },

  'an idle peer sends under 10 datagrams a minute': {
    slow: true,
    run: async (start) => {
      await threeReady(start)
      await sleep(8_000)
      nft(1, 'output', 'oifname eth0 udp dport { 50999, 8000-9999 } counter')
      await sleep(60_000)
      const sent = counted(1)
      if (sent >= 10) throw new Error(`${sent} datagrams`)
      return `${sent} datagrams`
    },
  },
}

for (const part of words)
  if (!Object.keys(CHECKS).some((name) => name.includes(part)))
    refuse(`${part}: no check has this in its name`)
let failed = 0
for (const [name, check] of Object.entries(CHECKS)) {
  const isWanted =
    words.length === 0 ? !(switches.quick && check.slow === true) : words.some((part) => name.includes(part))
  if (!isWanted) continue
  const programs: Program[] = []
  const start: Start = (host, who, ...args) => {
    const program = who === 'tracker' ? new Program(host, who, args) : peer(host, who, ...args)
    programs.push(program)
    return program
  }
  try {
    console.log(`ok    ${name}: ${await check.run(start)}`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${name}: ${error instanceof Error ? error.message : String(error)}`)
    for (const { name: who, stderr } of programs) if (stderr !== '') console.log(`      ${who}: ${stderr}`)
  } finally {
    await reset(programs)
  }
}
process.exit(failed === 0 ? 0 : 1)

// --- what the checks are made of --------------------------------------------------------------------

type Three = readonly [Program, Program, Program]

function three(start: Start, ...args: string[]): Three {
  return [
    start(1, 'ann', '--no-tracker', ...args),
    start(2, 'ben', '--no-tracker', ...args),
    start(3, 'cat', '--no-tracker', ...args),
  ]
}

async function threeReady(start: Start): Promise<Three> {
  const peers = three(start)
  await everybodyKnows(peers, 5_000)
  return peers
}

/** Milliseconds from the start of the last process until everybody knew everybody. */
async function everybodyKnows(peers: readonly Program[], ms: number): Promise<number> {
  const startedAt = Math.max(...peers.map((program) => program.startedAt))
  const seen = peers.flatMap((program) =>
    peers.filter((other) => other !== program).map((other) => program.sees(other.name, ms)),
  )
  return Math.max(...(await Promise.all(seen))) - startedAt
}

/** Says something again and again until it is heard: milliseconds since `from`. */
async function untilHeard(
  speaker: Program,
  listener: Program,
  text: string,
  from: number,
  ms: number,
): Promise<number> {
  for (let attempt = 1; performance.now() - from < ms; attempt++) {
    speaker.write(`${text} ${attempt}`)
    await sleep(200)
    const heard = listener.events.find(({ at, event }) => at >= from && event.kind === 'message')
    if (heard !== undefined) return heard.at - from
  }
  throw new Error(`${listener.name} heard nothing within ${ms} ms`)
}

function lost(program: Program, from: number): string[] {
  return program.events
    .filter(({ at, event }) => at >= from && event.kind === 'parted')
    .map(({ event }) => (event['peer'] as { name: string }).name)
}

function within(took: number, limit: number): string {
  if (took > limit) throw new Error(`${took.toFixed(0)} ms, more than ${limit}`)
  return `${took.toFixed(0)} ms`
}

function loss(percent: number): void {
  for (const host of HOSTS) nft(host, 'input', `meta l4proto udp numgen random mod 100 < ${percent} drop`)
}

/** A rule of the packet filter of a host. */
function nft(host: number, hook: 'input' | 'output', rule: string): void {
  const commands = [
    'add table inet check',
    `add chain inet check counted { type filter hook ${hook} priority 0; }`,
    `add rule inet check counted ${rule}`,
  ]
  for (const command of commands) shell(`ip netns exec h${host} nft '${command}'`)
}

/** Packets that the rule of this host has counted. */
function counted(host: number): number {
  return Number(/packets (\d+)/.exec(output(`ip netns exec h${host} nft list table inet check`))?.[1])
}

/** Ends what runs in this lab, and puts its links and addresses back. */
async function reset(programs: readonly Program[]): Promise<void> {
  for (const program of programs) program.signal('SIGKILL')
  await Promise.all(programs.map(({ ended }) => ended))
  for (const host of HOSTS) {
    shell(`ip link set v${host} up; ip -n h${host} addr flush dev eth0 scope global`)
    shell(`ip -n h${host} addr add 10.77.0.1${host}/24 brd + dev eth0`)
    shell(`ip netns exec h${host} nft flush ruleset 2>/dev/null || true`)
  }
  await sleep(300)
}
