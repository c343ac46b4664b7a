/** Through nats-server, by nats.js on both sides; acknowledged by the receiver on a subject of its own. */
import { connect, type NatsConnection } from 'nats'
import { ACKNOWLEDGED, messageOf, textOf, type Wire } from './wire.ts'

const MESSAGES = 'general'
const ANSWERS = 'answers'

export const wire: Wire = {
  async receive({ port }, onText) {
    const client = await open(port)
    client.subscribe(MESSAGES, {
      callback: (_, message) => {
        onText(textOf(message.string()), () => {
          client.publish(ANSWERS, ACKNOWLEDGED)
        })
      },
    })
    await client.flush()
  },

  async connect({ port }, onAcknowledged) {
    const client = await open(port)
    client.subscribe(ANSWERS, {
      callback: (_, message) => {
        message.json()
        onAcknowledged()
      },
    })
    await client.flush()
    return (text) => {
      client.publish(MESSAGES, messageOf(text))
    }
  },
}

function open(port: number): Promise<NatsConnection> {
  return connect({ servers: `127.0.0.1:${port}` })
}
