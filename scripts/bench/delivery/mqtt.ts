/** Through Mosquitto, by MQTT.js on both sides; acknowledged by the receiver on a topic of its own. */
import { connectAsync, type MqttClient } from 'mqtt'
import { ACKNOWLEDGED, messageOf, textOf, type Wire } from './wire.ts'

const MESSAGES = 'general'
const ANSWERS = 'answers'

export const atMostOnce = withQuality(0)
export const atLeastOnce = withQuality(1)

function withQuality(qos: 0 | 1): Wire {
  return {
    async receive({ port }, onText) {
      const client = await open(port)
      client.on('message', (_, payload) => {
        onText(textOf(payload.toString()), () => {
          client.publish(ANSWERS, ACKNOWLEDGED, { qos })
        })
      })
      await client.subscribeAsync(MESSAGES, { qos })
    },

    async connect({ port }, onAcknowledged) {
      const client = await open(port)
      client.on('message', (_, payload) => {
        JSON.parse(payload.toString())
        onAcknowledged()
      })
      await client.subscribeAsync(ANSWERS, { qos })
      return (text) => {
        client.publish(MESSAGES, messageOf(text), { qos })
      }
    },
  }
}

function open(port: number): Promise<MqttClient> {
  return connectAsync(`mqtt://127.0.0.1:${port}`)
}
