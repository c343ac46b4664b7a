/** Two peers find each other by UDP on the loopback interface, without a tracker; names and status lines change. */
import { randomBytes } from 'node:crypto'
import type { ChatEvent } from '../../../chat/model.ts'
import type { Name, Participants } from '../../participants/participants.ts'
import type { DemoRunner, Scenario } from '../runner.ts'

/** Random, because other programs of this machine may be on the same LAN. */
const CHANNEL = `lan-${randomBytes(3).toString('hex')}`

/** A lost announcement is repeated after 1, 2, 4 and 7 seconds; milliseconds. */
const DISCOVERY = 15_000

export const LAN: readonly Scenario[] = [
  {
    title: 'Two find each other without a tracker',
    wire:
      'dora and emil announce themselves by UDP to port 50999 of the broadcast address 127.255.255.255, with the ' +
      'datagrams PROFILE and PING; who hears a newcomer answers with its own PROFILE. What they say goes by ' +
      'POST /p2p/receive, as always.',
    run: async (demo, peers) => {
      await demo.expectEvent('dora is there, and alone', peers.startLanPeer('dora', CHANNEL))
      await demo.expectEvent('emil is there', peers.startLanPeer('emil', CHANNEL))
      await demo.expectEvent(
        'dora hears emil’s PROFILE or PING',
        peers.waitForEvent('dora', 'datagram of emil', isHeard, DISCOVERY),
      )
      await demo.expectEvent(
        'dora answers with her PROFILE',
        peers.waitForEvent('dora', 'answer to emil', isAnswered),
      )
      await demo.expectEvent(
        'each knows that the other is there',
        Promise.all([
          peers.waitForPresence('dora', 'emil', CHANNEL, DISCOVERY),
          peers.waitForPresence('emil', 'dora', CHANNEL, DISCOVERY),
        ]),
      )
      await demo.expectEvent('emil sees what dora says', demo.say('dora', 'No server here.', ['emil']))
      await demo.expectEvent('dora sees what emil says', demo.say('emil', 'None needed.', ['dora']))
    },
  },
  {
    title: 'Names and status lines',
    wire:
      'With a tracker: POST /submit-info with the new name, and the others get a "renamed" event. On the LAN: ' +
      'a new PROFILE datagram. At the end dora and emil say goodbye by PING with LEAVING: yes.',
    run: async (demo, peers) => {
      await renames(demo, peers, 'bob', 'bobby')
      await renames(demo, peers, 'bobby', 'bob')
      peers.type('emil', '/status in the lab')
      await demo.expectEvent(
        'dora sees emil’s status',
        peers.waitForEvent('dora', 'status "in the lab"', (event) => {
          const isEmil = event.kind === 'profile' && event.peer.port === peers.portOf('emil')
          return isEmil && event.profile.status === 'in the lab'
        }),
      )
      await demo.expectEvent('emil ends with status 0', peers.quit('emil'))
      await demo.expectEvent('dora is told that emil left', peers.waitForParting('dora', 'emil', CHANNEL))
      await demo.expectEvent('dora ends with status 0', peers.quit('dora'))
    },
  },
]

/** The ParticipantFilter leaves only the two of this scenario. */
function isHeard(event: ChatEvent): boolean {
  return event.kind === 'datagram' && event.way === 'RECV' && /PROFILE|PING/.test(event.type)
}

function isAnswered(event: ChatEvent): boolean {
  const isSent = event.kind === 'datagram' && event.way === 'SEND' && event.type === 'PROFILE'
  return isSent && event.address.startsWith('127.0.0.1:')
}

async function renames(demo: DemoRunner, peers: Participants, before: string, after: string): Promise<void> {
  peers.type('bob', `/nick ${after}`)
  const others: readonly Name[] = ['alice', 'carol']
  await demo.expectEvent(
    `alice and carol are told that ${before} is now ${after}`,
    Promise.all(
      others.map((name) =>
        peers.waitForEvent(name, `news that ${before} is now ${after}`, (event) => {
          const isBob = event.kind === 'renamed' && event.peer.port === peers.portOf('bob')
          return isBob && event.peer.name === after
        }),
      ),
    ),
  )
}
