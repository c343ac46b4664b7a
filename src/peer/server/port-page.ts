/** What a user sees who opens the port for peers in a browser: its address is in every profile. */
import { portPage } from '../../http/sentence-page.ts'

export const peerPage = portPage('Parley', [
  'Parley, a chat program for one network, runs here. At this address it takes messages from other computers.',
  'There is nothing to read or to write at this address. To chat, start Parley on your own computer: it shows the address of its page when it starts.',
])
