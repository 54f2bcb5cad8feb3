// Package attack looks for small changes of clips that make an encoder take them for something else.
package attack
