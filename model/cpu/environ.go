package cpu

import "os"

// Environ returns the environment in which a program that trains had better be started, nil if that is its own. oneDNN's threads wait for
// one another by looking again and again for some milliseconds, which makes training several times slower where other programs want the
// processors too. An engine shortens that to 0.1 ms, except where a library that the program is linked with, as FFmpeg may be, has
// brought libgomp before: it reads GOMP_SPINCOUNT only when the process starts. Who has set this variable, or OMP_WAIT_POLICY, knows better.
func Environ() []string {
	_, spins := os.LookupEnv("GOMP_SPINCOUNT")
	_, waits := os.LookupEnv("OMP_WAIT_POLICY")
	setting := spin()
	if spins || waits || setting == "" {
		return nil
	}
	return append(os.Environ(), setting)
}
