/** Through Redis' pub/sub, by node-redis on both sides; acknowledged by the receiver on a channel of its own. */
import { createClient } from '@redis/client'
import { ACKNOWLEDGED, messageOf, textOf, type Wire } from './wire.ts'

const MESSAGES = 'general'
const ANSWERS = 'answers'

export const wire: Wire = {
  async receive({ port }, onText) {
    const { listener, publisher } = await open(port)
    await listener.subscribe(MESSAGES, (json) => {
      onText(textOf(json), () => {
        void publisher.publish(ANSWERS, ACKNOWLEDGED)
      })
    })
  },

  async connect({ port }, onAcknowledged) {
    const { listener, publisher } = await open(port)
    await listener.subscribe(ANSWERS, (json) => {
      JSON.parse(json)
      onAcknowledged()
    })
    return (text) => {
      void publisher.publish(MESSAGES, messageOf(text))
    }
  },
}

/** One who listens to Redis can do nothing else on the same connection. */
async function open(port: number) {
  const url = `redis://127.0.0.1:${port}`
  const [listener, publisher] = [createClient({ url }), createClient({ url })]
  await Promise.all([listener.connect(), publisher.connect()])
  return { listener, publisher }
}
