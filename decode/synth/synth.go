package synth

import "context"

// LabelsFile is the name of the table of contents beside the class folders: CSV with the header path,label.
const LabelsFile = "labels.csv"

// Video is one rendered file.
type Video struct {
	Path  string // relative to the output directory, with forward slashes: "square-up/video-000.mp4"
	Key   string // Path without its extension; with Options.Seed it fixes what is drawn
	Class string // "square-up"
	Label int    // index of Class in Classes()
	Index int    // index of the video within its class
}

// Videos lists what Render makes with o, in the order of labels.csv: by label, then by index.
func Videos(o Options) []Video {
	videos := make([]Video, 0, o.Classes*o.VideosPerClass)
	for label, c := range classTable[:o.Classes] {
		for i := range o.VideosPerClass {
			key := videoKey(c, i)
			videos = append(videos, Video{Path: key + ".mp4", Key: key, Class: c.String(), Label: label, Index: i})
		}
	}
	return videos
}

// Render renders the videos of o into dir as H.264 MP4 files, dir/<class>/video-000.mp4, and writes dir/labels.csv last.
// dir is created where it is missing and must be empty, else the error wraps ErrNotEmpty.
//
// Same options, same bytes, whatever Workers is (on one architecture, with one version of FFmpeg and x264).
// Render makes all or nothing: on an error, or when ctx is cancelled, it takes back every file and folder it made and returns
// the error, or the context's cause, within a second. A process killed half way leaves no labels.csv and no incomplete file
// under a final name. progress may be nil; it is called once per video, never twice at a time, from the workers.
//
// Calls with different directories may run at the same time. On one core a video of 4 s at 128x128 takes about 0.2 s.
func Render(ctx context.Context, dir string, o Options, progress func(done, total int)) (videos []Video, err error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	videos = Videos(o)
	labels := table{file: LabelsFile}
	s := &set{coding: coding(o.Size, o.FPS, o.GOP, 20), frames: o.Frames()}
	for _, c := range classTable[:o.Classes] {
		s.folders = append(s.folders, c.String())
	}
	for _, v := range videos {
		s.files = append(s.files, v.Path)
		labels.rows = append(labels.rows, []string{v.Path, v.Class})
	}
	s.tables = []table{labels}
	s.scene = func(i int) func(int, []byte) { return drawScene(o, classTable[videos[i].Label], videos[i].Index).frame }
	if err := s.render(ctx, dir, o.Workers, progress); err != nil {
		return nil, err
	}
	return videos, nil
}
