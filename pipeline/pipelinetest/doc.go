// Package pipelinetest checks that a stage keeps the rules of package pipeline.
// One call per stage runs every check as a subtest of its own:
//
//	func TestUpper(t *testing.T) {
//		pipelinetest.Run(t, pipelinetest.Opt[string, string]{
//			Factory: pipeline.Map(func(_ context.Context, w string) (string, error) {
//				return strings.ToUpper(w), nil
//			}),
//			Inputs: func() []string { return []string{"clip", "view"} },
//			Want:   []string{"CLIP", "VIEW"},
//		})
//	}
//
// What is special about a stage is said by a field of Opt, never by a case in the
// checks.
package pipelinetest
