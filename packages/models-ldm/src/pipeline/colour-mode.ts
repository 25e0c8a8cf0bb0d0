/**
 * How colours are kept. `wavelet`: wide areas get the small picture's colours, detail stays. `adain`: each channel gets the
 * small picture's mean and deviation. `none`: as the networks made them.
 */
export const colourModes = ['none', 'wavelet', 'adain'] as const
/** One of `colourModes`. */
export type ColourMode = (typeof colourModes)[number]
