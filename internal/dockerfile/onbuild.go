package dockerfile

import "github.com/moby/buildkit/frontend/dockerfile/instructions"

// maxTriggers bounds how many ONBUILDs of a stage are followed.
const maxTriggers = 100

// triggers are the instructions that a stage's ONBUILDs leave to the stages that are built on it. They stand where their ONBUILDs do.
func triggers(s *Stage) []*Instruction {
	var list []*Instruction
	for _, in := range s.Instructions {
		if len(list) == maxTriggers {
			break
		}
		onbuild, ok := in.Typed.(*instructions.OnbuildCommand)
		if !ok || len(in.Args) == 0 {
			continue
		}
		result, err := parseSafely(onbuild.Expression)
		if err != nil || len(result.AST.Children) != 1 {
			continue // BuildKit's instruction parser reported it
		}
		if typed, err := instructionSafely(result.AST.Children[0]); err == nil {
			list = append(list, &Instruction{Keyword: in.Args[0].Span, Span: in.Span, Args: in.Args[1:], Typed: typed, Line: in.Line, End: in.End})
		}
	}
	return list
}
