package synth

import "fmt"

// shape is what moves.
type shape uint8

const (
	square shape = iota
	disc
	triangle
	star
	ring
	shapes // how many
)

var shapeNames = [shapes]string{"square", "disc", "triangle", "star", "ring"}

func (s shape) String() string { return shapeNames[s] }

// motion is how it moves. Every motion leaves position, size and angle of a single frame uniformly distributed,
// so that only time tells them apart.
type motion uint8

const (
	up motion = iota
	down
	left
	orbitCW // clockwise as seen on the screen
	pulse   // grows and shrinks in place
	right
	orbitCCW
	spin // turns in place, either way
	motions
)

var motionNames = [motions]string{"up", "down", "left", "orbit", "pulse", "right", "orbit-back", "spin"}

func (m motion) String() string { return motionNames[m] }

// MaxClasses is the number of classes there are: every shape with every motion.
const MaxClasses = int(shapes) * int(motions)

type class struct {
	shape  shape
	motion motion
}

func (c class) String() string { return c.shape.String() + "-" + c.motion.String() }

// firstClasses are the ten classes of the demo. Each shares its shape with one of the others and its motion with
// another, so that neither alone says more than one in two. They stay distinct when a video is mirrored left to right
// (no class is another's mirror image): a flip augmentation does not change what a label means.
var firstClasses = []class{
	{square, up}, {square, down}, {disc, up}, {disc, down},
	{triangle, left}, {triangle, orbitCW}, {star, orbitCW}, {star, pulse}, {ring, pulse}, {ring, left},
}

var classTable = makeClassTable()

// makeClassTable appends the other combinations to firstClasses, diagonal by diagonal, so that any prefix mixes shapes and motions.
func makeClassTable() []class {
	table := append([]class(nil), firstClasses...)
	seen := map[class]bool{}
	for _, c := range table {
		seen[c] = true
	}
	for d := range int(motions) {
		for s := range int(shapes) {
			if c := (class{shape(s), motion((s + d) % int(motions))}); !seen[c] {
				table = append(table, c)
			}
		}
	}
	return table
}

// Classes returns the names of all classes, "shape-motion", in label order: a video of Classes()[i] has label i.
func Classes() []string {
	names := make([]string, len(classTable))
	for i, c := range classTable {
		names[i] = c.String()
	}
	return names
}

// videoKey names a video within a dataset; the dice of the video are keyed by it, so adding classes or videos changes no other video.
func videoKey(c class, index int) string { return fmt.Sprintf("%s/video-%03d", c, index) }
