/** Two peers: from say() on one side to the message event on the other, and to the receipt back at the first. */
import { setTimeout as sleep } from 'node:timers/promises'
import { textOf } from '../../../src/chat/content.ts'
import { TCP, type HttpNetwork } from '../../../src/http/network.ts'
import { startPeer } from '../harness/peers.ts'
import type { Target } from '../../../src/http/message.ts'
import type { PeerOptions } from '../../../src/peer/peer.ts'
import type { Wire } from './wire.ts'

export const wire = wireOver(TCP)

/** The sender proves nothing and asks for no proof: what a message costs without encryption. */
export const inClear = wireOver({
  ...TCP,
  client: (options) => {
    const client = TCP.client(options)
    const withoutKey = ({ host, port }: Target): Target => ({ host, port })
    return {
      request: (target, request) => client.request(withoutKey(target), request),
      line: (target) => client.line(withoutKey(target)),
      stream: (target, request) => client.stream(withoutKey(target), request),
      hasAnswered: (target) => client.hasAnswered(withoutKey(target)),
      close: () => {
        client.close()
      },
    }
  },
})

function wireOver(network: HttpNetwork): Wire {
  return {
    async receive({ port, tracker, data }, onText) {
      await new Promise<void>((resolve, reject) => {
        const onEvent: PeerOptions['onEvent'] = (event) => {
          // Parley acknowledges by itself: the sender gets a receipt.
          if (event.kind === 'message' && !event.own) onText(textOf(event.message.content), () => undefined)
          if (event.kind === 'tracker' && event.state === 'registered') resolve()
        }
        startPeer({ name: 'bob', port, tracker, onEvent }, data).catch(reject)
      })
    },

    async connect({ tracker, data }, onAcknowledged) {
      const onEvent: PeerOptions['onEvent'] = (event) => {
        if (event.kind === 'receipt' && event.receipt.delivered === 1) onAcknowledged()
      }
      const peer = await startPeer({ name: 'alice', tracker, network, onEvent }, data)
      while (peer.members('general').length === 0) await sleep(10)
      return (text) => {
        peer.say('general', text)
      }
    },
  }
}
