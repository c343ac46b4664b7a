/** GET /p2p/avatar: the picture that this peer shows. */
import { ChatError } from '../../chat/errors.ts'
import type { Routes } from '../../http/router.ts'
import type { Profiles } from './profiles.ts'

export function profileRoutes(profiles: Profiles): Routes {
  return {
    'GET /p2p/avatar': () => {
      const { avatar } = profiles.of(undefined)
      if (avatar === undefined) throw new ChatError(404, 'no_picture', 'this peer shows no picture')
      const headers = {
        'Content-Type': avatar.type,
        'X-Content-Type-Options': 'nosniff',
        ETag: `"${avatar.hash}"`,
      }
      return { status: 200, headers, body: Buffer.from(avatar.data, 'base64') }
    },
  }
}
