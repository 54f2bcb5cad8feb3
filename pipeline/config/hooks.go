package config

// Decoder is a type that decodes itself. Its pointer has the method; the value holds the defaults when it is called. An
// error made with [Node.Want] or [Node.Unknown], or returned by [Decode], says where; to others the path of n is added.
// To decode its own fields by their tags, it converts itself to a type without methods:
//
//	func (s *Step) DecodeConfig(n *config.Node) error {
//		type fields Step
//		return config.Decode(n, (*fields)(s))
//	}
type Decoder interface{ DecodeConfig(n *Node) error }

// Encoder gives what stands for a value in YAML: a scalar, a list, a [Map] entries, a struct, or a [*Node]. A type
// with a Decoder needs one unless its fields or its kind are encoded as they are.
type Encoder interface{ EncodeConfig() (any, error) }

// Schemer gives the JSON Schema of a type with a Decoder. Its "title" names the type in [Fields].
type Schemer interface{ ConfigSchema() map[string]any }

// Checker tests what tags cannot say. [Decode] and [Check] call it after the tags, when all fields have passed. The
// path of the value is put in front of its errors; an [*Error] or [Errors] may continue that path.
type Checker interface{ CheckConfig() error }

// Entry is one key of a [Map].
type Entry struct {
	Key   string
	Value any
}

// Map is a map with an order.
type Map []Entry
