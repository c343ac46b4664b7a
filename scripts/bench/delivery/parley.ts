/** Two peers: from say() on one side to the message event on the other, and to the receipt back at the first. */
import { setTimeout as sleep } from 'node:timers/promises'
import { textOf } from '../../../src/chat/content.ts'
import { startPeer } from '../harness/peers.ts'
import type { PeerOptions } from '../../../src/peer/peer.ts'
import type { Wire } from './wire.ts'

export const wire: Wire = {
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
    const peer = await startPeer({ name: 'alice', tracker, onEvent }, data)
    while (peer.members('general').length === 0) await sleep(10)
    return (text) => {
      peer.say('general', text)
    }
  },
}
