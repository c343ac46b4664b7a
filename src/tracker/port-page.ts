/** The page that a user sees who opens the port of the tracker in a browser. */
import { portPage } from '../http/sentence-page.ts'

export const trackerPage = portPage('A tracker of Parley', [
  'This is the tracker of a chat with Parley: through it the computers of a network find each other. It has no page of its own.',
  'To chat, start Parley on your own computer with the address of this tracker: it shows the address of its page when it starts.',
])
