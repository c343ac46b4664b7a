/** A chosen file -> a small square picture, as base64. Rejects with a sentence for the user. */
import { LIMITS } from '../../chat/limits.ts'
import { drawnSide, middleSquare, pictureType, SIDES } from '../model/picture.ts'

/** In bytes; larger files are not even read. */
const LARGEST = 20 * 1024 * 1024
const QUALITIES = [0.85, 0.7, 0.5] as const

/** Drawing on a canvas drops all metadata, such as the place where the picture was taken. */
export async function smallPicture(file: File): Promise<string> {
  if (file.size > LARGEST) throw new Error('This picture is larger than 20 MB. Choose a smaller one.')
  const bytes = new Uint8Array(await file.arrayBuffer())
  const type = pictureType(bytes)
  if (type === undefined) throw new Error('This file is not a picture. Choose a PNG, JPEG, GIF or WebP file.')
  const image = await decoded(new Blob([bytes], { type }))
  for (const side of SIDES)
    for (const quality of QUALITIES) {
      const blob = await drawn(image, side, quality)
      if (blob.size <= LIMITS.avatarBytes) return base64(new Uint8Array(await blob.arrayBuffer()))
    }
  throw new Error('This picture could not be made small enough. Choose another one.')
}

async function decoded(blob: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob)
  } catch {
    throw new Error('This browser cannot read this picture. Choose another one.')
  }
}

function drawn(image: ImageBitmap, wanted: number, quality: number): Promise<Blob> {
  const square = middleSquare(image.width, image.height)
  const side = drawnSide(square.side, wanted)
  const canvas = document.createElement('canvas')
  canvas.width = side
  canvas.height = side
  const context = canvas.getContext('2d')
  context?.drawImage(image, square.left, square.top, square.side, square.side, 0, 0, side, side)
  return new Promise((resolve, reject) => {
    const done = (blob: Blob | null): void => {
      if (blob === null) reject(new Error('This browser could not draw the picture. Choose another one.'))
      else resolve(blob)
    }
    canvas.toBlob(done, 'image/webp', quality)
  })
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
