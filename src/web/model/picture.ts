/** Chosen pictures: the type by the first bytes, and the size they are scaled to. */

export type PictureType = 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'

/** Side lengths in pixels, tried in order until the picture is small enough. */
export const SIDES: readonly number[] = [256, 192, 128, 96, 64, 48]

const SIGNATURES: readonly (readonly [type: PictureType, offset: number, bytes: readonly number[]])[] = [
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/gif', 0, [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', 8, [0x57, 0x45, 0x42, 0x50]],
]

/** The type by content, not by name; undefined for everything else, such as SVG. */
export function pictureType(bytes: Uint8Array): PictureType | undefined {
  const found = SIGNATURES.find(([, offset, signature]) =>
    signature.every((byte, index) => bytes[offset + index] === byte),
  )
  if (found?.[0] === 'image/webp' && String.fromCharCode(...bytes.slice(0, 4)) !== 'RIFF') return undefined
  return found?.[0]
}

/** The central square of a picture, in pixels. */
export function middleSquare(
  width: number,
  height: number,
): { readonly left: number; readonly top: number; readonly side: number } {
  const side = Math.min(width, height)
  return { left: Math.floor((width - side) / 2), top: Math.floor((height - side) / 2), side }
}

/** Pictures are only made smaller. */
export function drawnSide(side: number, wanted: number): number {
  return Math.max(1, Math.min(side, wanted))
}
