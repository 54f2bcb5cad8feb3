package augment

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"vidcsl/pipeline/config"
)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Registry holds transforms by name. Programs register in [Default] before they run anything; tests work on a [Registry.Clone].
// It is safe for concurrent use.
type Registry struct {
	mu    sync.RWMutex
	specs map[string]entry
}

// reserved names have a meaning of their own in a pipeline.
var reserved = []string{"compose", "one_of", "sometimes", "recipe", opResample}

var standard = &Registry{specs: map[string]entry{}}

// Default returns the registry that configurations are read against: the transforms of this package and what the program has
// registered.
func Default() *Registry { return standard }

// Register adds a transform to the default registry. It panics if the spec is incomplete or the name is taken.
func Register[C, P any](s Spec[C, P]) { Add(standard, s) }

// Add adds a transform to r. It panics if the spec is incomplete or the name is taken.
func Add[C, P any](r *Registry, s Spec[C, P]) {
	s.valid()
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, taken := r.specs[s.Name]; taken || slices.Contains(reserved, s.Name) {
		panic(fmt.Sprintf("augment: the name %s is taken", s.Name))
	}
	r.specs[s.Name] = &s
}

// Clone returns a registry with the same transforms, to which others can be added.
func (r *Registry) Clone() *Registry {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return &Registry{specs: maps.Clone(r.specs)}
}

// Names returns the names, sorted.
func (r *Registry) Names() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.specs))
}

// Info describes the transform of that name.
func (r *Registry) Info(name string) (Info, error) {
	s, err := r.lookup(name)
	if err != nil {
		return Info{}, err
	}
	return s.info(), nil
}

// New returns the transform of that name with its default configuration, changed by the settings: a map of Go values, or nil.
func (r *Registry) New(name string, settings map[string]any) (Transform, error) {
	s, err := r.lookup(name)
	if err != nil {
		return nil, err
	}
	if len(settings) == 0 {
		return s.with(nil)
	}
	n, err := config.FromValue(name, settings)
	if err != nil {
		return nil, err
	}
	return s.with(n)
}

func (r *Registry) lookup(name string) (entry, error) {
	r.mu.RLock()
	s, ok := r.specs[name]
	r.mu.RUnlock()
	if !ok {
		return nil, fmt.Errorf("augment: no transform %q%s; vidcsl stages lists them", name, config.DidYouMean(name, r.Names()))
	}
	return s, nil
}
