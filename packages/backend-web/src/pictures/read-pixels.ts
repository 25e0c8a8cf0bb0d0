/** The pixels of a picture as RGBA, alpha not premultiplied. @param hasAlpha False if there is no transparency to look for. */
export function readPixels(bitmap: ImageBitmap, hasAlpha = true): Uint8Array {
  const pixels = throughCanvas(bitmap)
  // A 2D canvas multiplies colours by alpha and back, which loses some of them; without transparency nothing is lost.
  return hasAlpha && !isOpaque(pixels) ? (throughTexture(bitmap) ?? pixels) : pixels
}

/** True if no pixel lets anything through. A plain loop: with a call for each sample, photographs take seconds. */
export function isOpaque(rgba: Uint8Array): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false
  return true
}

function throughCanvas(bitmap: ImageBitmap): Uint8Array {
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.drawImage(bitmap, 0, 0)
  return new Uint8Array(context.getImageData(0, 0, width, height).data.buffer)
}

/** A texture keeps the samples as they are; undefined where there is no WebGL 2 or the picture is larger than a texture. */
function throughTexture(bitmap: ImageBitmap): Uint8Array | undefined {
  const { width, height } = bitmap
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2')
  if (!gl || Math.max(width, height) > (gl.getParameter(gl.MAX_TEXTURE_SIZE) as number)) return undefined
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false)
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE)
  gl.bindTexture(gl.TEXTURE_2D, gl.createTexture())
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap)
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer())
  const texture = gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0)
  const pixels = new Uint8Array(width * height * 4)
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels)
  const failed = gl.getError() !== gl.NO_ERROR
  // Pages have few WebGL contexts; this one is not needed until it is collected.
  gl.getExtension('WEBGL_lose_context')?.loseContext()
  return failed ? undefined : pixels
}
