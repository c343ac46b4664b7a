/** Reads the file of a picture. */
import { readFile, stat } from 'node:fs/promises'
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import { homeDirectory } from '../system/paths.ts'

/** Rejects with ChatError, whose message names the file. Opens neither large files nor pipes, which would block. */
export async function readPicture(path: string): Promise<Buffer> {
  const file = path.replace(/^~(?=\/)/, homeDirectory() ?? '~')
  try {
    const found = await stat(file)
    if (!found.isFile()) throw new ChatError(415, 'not_a_file', `${path} is no file`)
    if (found.size > LIMITS.avatarBytes) {
      const detail = `${path} has ${found.size} bytes; a picture must have at most ${LIMITS.avatarBytes}: make it smaller`
      throw new ChatError(413, 'picture_too_large', detail)
    }
    return await readFile(file)
  } catch (error) {
    if (error instanceof ChatError) throw error
    throw new ChatError(404, 'unreadable', `${path} cannot be read: ${reasonFor(error)}`)
  }
}

function reasonFor(error: unknown): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
      return 'there is no such file'
    case 'EACCES':
    case 'EPERM':
      return 'no permission'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
