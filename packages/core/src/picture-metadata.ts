/**
 * What a picture file says beside its samples. It is carried along unread and holds for the samples as they are: upright,
 * and in sRGB.
 */
export interface PictureMetadata {
  /** EXIF (camera, time, place) as a TIFF structure, from its byte-order mark on. Says that the picture is upright. */
  readonly exif?: Uint8Array
  /** An XMP packet: RDF in XML (ISO 16684-1). */
  readonly xmp?: string
  /**
   * The RGB colour profile that the file's samples were in. The picture's samples are sRGB all the same; a writer may
   * convert them back.
   */
  readonly icc?: Uint8Array
  /** Pixels per inch on paper. */
  readonly density?: number
  /** Says that the samples come from a file that JPEG has compressed, which leaves traces. Nothing of it is written. */
  readonly compression?: 'jpeg'
}
