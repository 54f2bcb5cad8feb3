package corrupt

// cameras are what a camera, its hand and the air before it do to the frames.
var cameras = []entry{
	of(Info{Name: "temporal_motion_blur", Group: "camera", Set: Video, Frames: 2, Fixed: true, Changing: true}, temporalMotionBlur),
	of(Info{Name: "static_rotation", Group: "camera", Set: Video,
		Uneven: "a frame turned by 90 degrees may be nearer to itself than by 45, which also shows its corners"}, staticRotation),
	of(Info{Name: "random_rotation", Group: "camera", Set: Video, Changing: true}, randomRotation),
	of(Info{Name: "translation", Group: "camera", Set: Video, Changing: true}, translation),
	of(Info{Name: "shake", Group: "camera", Set: Video, Changing: true}, shake),
	of(Info{Name: "focus_drift", Group: "camera", Set: Video, Changing: true}, focusDrift),
	of(Info{Name: "flicker", Group: "camera", Set: Video, Changing: true}, flicker),
	of(Info{Name: "low_light", Group: "camera", Set: Video, Changing: true}, lowLight),
	of(Info{Name: "rain", Group: "camera", Set: Video, Changing: true}, rain),
}
