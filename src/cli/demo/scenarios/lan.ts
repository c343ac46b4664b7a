/** Without a tracker: two who find each other by UDP, on the loopback interface only; and what people show of themselves. */
import { randomBytes } from 'node:crypto'
import type { ChatEvent } from '../../../chat/model.ts'
import type { Scenario } from '../act.ts'
import type { Name } from '../processes.ts'
import type { DemoRunner } from '../runner.ts'

/** Other programs of this machine may be on its LAN, too: they shall neither hear nor disturb this. */
const CHANNEL = `lan-${randomBytes(3).toString('hex')}`

/** An announcement may get lost, as any datagram; the next ones follow after 1, 2, 4, and 7 seconds. */
const DISCOVERY = 15_000

export const LAN: readonly Scenario[] = [
  {
    title: 'Two find each other without a tracker',
    wire:
      'dora and emil announce themselves by UDP to port 50999 of the broadcast address 127.255.255.255, with the ' +
      'datagrams PROFILE and PING; who hears a newcomer answers with its own PROFILE. What they say goes by ' +
      'POST /p2p/receive, as always.',
    run: async (stage) => {
      await stage.happens('dora is there, and alone', stage.startLanPeer('dora', CHANNEL))
      await stage.happens('emil is there', stage.startLanPeer('emil', CHANNEL))
      await stage.happens(
        'dora hears emil’s PROFILE or PING',
        stage.told('dora', 'datagram of emil', isHeard, DISCOVERY),
      )
      await stage.happens('dora answers with her PROFILE', stage.told('dora', 'answer to emil', isAnswered))
      await stage.happens(
        'each knows that the other is there',
        Promise.all([
          stage.toldOfPresence('dora', 'emil', CHANNEL, DISCOVERY),
          stage.toldOfPresence('emil', 'dora', CHANNEL, DISCOVERY),
        ]),
      )
      await stage.happens('emil sees what dora says', stage.say('dora', 'No server here.', ['emil']))
      await stage.happens('dora sees what emil says', stage.say('emil', 'None needed.', ['dora']))
    },
  },
  {
    title: 'Names and status lines',
    wire:
      'With a tracker: POST /submit-info with the new name, and the others get a "renamed" event. On the LAN: ' +
      'a new PROFILE datagram. At the end dora and emil say goodbye by PING with LEAVING: yes.',
    run: async (stage) => {
      await renames(stage, 'bob', 'bobby')
      await renames(stage, 'bobby', 'bob')
      stage.type('emil', '/status in the lab')
      await stage.happens(
        'dora sees emil’s status',
        stage.told('dora', 'status "in the lab"', (event) => {
          const isEmil = event.kind === 'profile' && event.peer.port === stage.portOf('emil')
          return isEmil && event.profile.status === 'in the lab'
        }),
      )
      await stage.happens('emil ends with status 0', stage.quit('emil'))
      await stage.happens('dora is told that emil left', stage.toldOfParting('dora', 'emil', CHANNEL))
      await stage.happens('dora ends with status 0', stage.quit('dora'))
    },
  },
]

/** Of others than these two nothing is heard here. */
function isHeard(event: ChatEvent): boolean {
  return event.kind === 'datagram' && event.way === 'RECV' && /PROFILE|PING/.test(event.type)
}

function isAnswered(event: ChatEvent): boolean {
  const isSent = event.kind === 'datagram' && event.way === 'SEND' && event.type === 'PROFILE'
  return isSent && event.address.startsWith('127.0.0.1:')
}

async function renames(stage: DemoRunner, before: string, after: string): Promise<void> {
  stage.type('bob', `/nick ${after}`)
  const others: readonly Name[] = ['alice', 'carol']
  await stage.happens(
    `alice and carol are told that ${before} is now ${after}`,
    Promise.all(
      others.map((name) =>
        stage.told(name, `news that ${before} is now ${after}`, (event) => {
          const isBob = event.kind === 'renamed' && event.peer.port === stage.portOf('bob')
          return isBob && event.peer.name === after
        }),
      ),
    ),
  )
}
