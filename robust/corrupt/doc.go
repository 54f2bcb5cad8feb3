// Package corrupt spoils clips as the world does: noise, blur, weather, cameras, codecs, lost packets; each at a severity from 1 to 5.
package corrupt
