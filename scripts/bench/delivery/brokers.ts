/** Publish and subscribe through a server, by the usual client of each on both sides; acknowledged on a topic of its own. */
import { ACKNOWLEDGED, messageOf, textOf, type Wire } from './wire.ts'

const MESSAGES = 'general'
const ANSWERS = 'answers'

interface Client {
  readonly publish: (topic: string, text: string) => unknown
  /** Resolves when messages of the topic arrive. */
  readonly subscribe: (topic: string, onMessage: (text: string) => void) => Promise<unknown>
}

export const mqttAtMostOnce = wireOf(mqtt(0))
export const mqttAtLeastOnce = wireOf(mqtt(1))

export const nats = wireOf(async (port) => {
  const client = await (await import('nats')).connect({ servers: `127.0.0.1:${port}` })
  return {
    publish: (topic, text) => {
      client.publish(topic, text)
    },
    subscribe: (topic, onMessage) => {
      client.subscribe(topic, {
        callback: (_, message) => {
          onMessage(message.string())
        },
      })
      return client.flush()
    },
  }
})

/** A connection that subscribes to Redis can do nothing else. */
export const redis = wireOf(async (port) => {
  const { createClient } = await import('@redis/client')
  const url = `redis://127.0.0.1:${port}`
  const [subscriber, publisher] = [createClient({ url }), createClient({ url })]
  await Promise.all([subscriber.connect(), publisher.connect()])
  return {
    publish: (topic, text) => publisher.publish(topic, text),
    subscribe: (topic, onMessage) => subscriber.subscribe(topic, onMessage),
  }
})

function mqtt(qos: 0 | 1): (port: number) => Promise<Client> {
  return async (port) => {
    const client = await (await import('mqtt')).connectAsync(`mqtt://127.0.0.1:${port}`)
    return {
      publish: (topic, text) => client.publish(topic, text, { qos }),
      subscribe: (topic, onMessage) => {
        client.on('message', (_, payload) => {
          onMessage(payload.toString())
        })
        return client.subscribeAsync(topic, { qos })
      },
    }
  }
}

function wireOf(open: (port: number) => Promise<Client>): Wire {
  return {
    async receive({ port }, onText) {
      const client = await open(port)
      await client.subscribe(MESSAGES, (json) => {
        onText(textOf(json), () => client.publish(ANSWERS, ACKNOWLEDGED))
      })
    },

    async connect({ port }, onAcknowledged) {
      const client = await open(port)
      await client.subscribe(ANSWERS, (json) => {
        JSON.parse(json)
        onAcknowledged()
      })
      return (text) => {
        client.publish(MESSAGES, messageOf(text))
      }
    },
  }
}
