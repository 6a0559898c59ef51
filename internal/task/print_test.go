package task_test

import (
	"strings"
	"testing"

	"github.com/meca-lsp/meca-lsp/internal/task"
	"github.com/meca-lsp/meca-lsp/internal/text"
)

// How the mark is printed, in the languages that tasks are written in. want is what is underlined and what the mend makes of the file;
// "" where a host may well see the mark.
func TestPrint(t *testing.T) {
	for _, test := range []struct{ file, text, lost, at, mended string }{
		{"a.py", `print("M", end="")`, "line", `end=""`, `print("M")`},
		{"a.py", "x = 1\r\nprint(\r\n    'M', end = '', flush=True,\r\n)  # é\r\n", "line", "end = ''", "x = 1\r\nprint(\r\n    'M', flush=True,\r\n)  # é\r\n"},
		{"a.py", `print(f"M", flush=True, end=" ")`, "line", `end=" "`, `print(f"M", flush=True)`},
		{"a.py", "import sys\nsys.stdout.write('M')\nsys.stdout.flush()\n", "line", `'M'`, "import sys\nsys.stdout.write('M\\n')\nsys.stdout.flush()\n"},
		{"a.py", `sys.stdout.buffer.write(b"M")`, "line", `"M"`, `sys.stdout.buffer.write(b"M\n")`},
		{"a.py", `print("M", file=sys.stderr)`, "stderr", "file=sys.stderr", `print("M")`},
		{"a.py", `print("M", file=sys.stderr, flush=True)`, "stderr", "file=sys.stderr", `print("M", flush=True)`},
		{"a.py", `sys.stderr.write("M\n")`, "stderr", `"M\n"`, `sys.stdout.write("M\n")`},
		{"a.py", "import logging\nlogging.info('M')\n", "stderr", "'M'", ""},
		{"a.py", "import os, logging\nlog = logging.getLogger(__name__)\nlog.warning('M')\n", "stderr", "'M'", ""},
		{"a.py", "print('start')\ndef f():\n    print('M', end='')\n", "line", "end=''", "print('start')\ndef f():\n    print('M')\n"},
		{"a.py", `print("M")`, "", "", ""},
		{"a.py", `print("M", end="\n")`, "", "", ""},
		{"a.py", `print("M\n", end="")`, "", "", ""},
		{"a.py", `print("M", "\n", end="")`, "", "", ""},
		{"a.py", `print("M", end=x)`, "", "", ""},
		{"a.py", "print('M', end='')\nprint()\n", "", "", ""},
		{"a.py", "def f():\n  print('x')\nprint('M', end='')\nf()\n", "", "", ""},
		{"a.py", "if x:\n  if y:\n    print('x')\n  print('M', end='')\n", "", "", ""},
		{"a.py", "print('M', end='')\nsys.stdout.write('\\n')\n", "", "", ""},
		{"a.py", "from flask import Flask\nprint('M', end='')\n", "", "", ""},
		{"a.py", `print("M", file=log)`, "", "", ""},
		{"a.py", `self.print("M", end="")`, "", "", ""},
		{"a.py", "def print(x, end): pass\nprint('M', end='')\n", "", "", ""},
		{"a.py", `print("M" + x, end="")`, "", "", ""},
		{"a.py", "mark = 'M'\nprint(mark, end='')\n", "", "", ""},
		{"a.py", "sys.stdout.write('M' + '\\n')", "", "", ""},
		{"a.py", "log.info('M')", "", "", ""},
		{"a.py", "print('M', end=''", "", "", ""},
		{"a.py", "print('M', end=", "", "", ""},
		{"a.py", "sys.stdout.write('M", "", "", ""},
		{"a.js", `process.stdout.write("M");`, "line", `"M"`, `process.stdout.write("M\n");`},
		{"a.ts", "process.stdout.write(`M`)", "line", "`M`", ""},
		{"a.js", "console.log('up')\nserver.listen(8080, () => {\n  process.stdout.write('M')\n})", "line", "'M'", "console.log('up')\nserver.listen(8080, () => {\n  process.stdout.write('M\\n')\n})"},
		{"a.mjs", `console.error("M")`, "stderr", `"M"`, `console.log("M")`},
		{"a.js", `process.stderr.write("M\n")`, "stderr", `"M\n"`, `process.stdout.write("M\n")`},
		{"a.js", `console.log("M")`, "", "", ""},
		{"a.js", "process.stdout.write('M' + os.EOL)", "", "", ""},
		{"a.js", "process.stdout.write('M\\n')", "", "", ""},
		{"a.js", "process.stdout.write(`M\n`)", "", "", ""},
		{"a.js", "process.stdout.write('M')\nconsole.log()", "", "", ""},
		{"a.js", "const f = () => { console.log('x') }\nprocess.stdout.write('M')\nf()", "", "", ""},
		{"a.js", "my.console.error('M')", "", "", ""},
		{"a.go", `fmt.Print("M")`, "line", `"M"`, `fmt.Print("M\n")`},
		{"a.go", "fmt.Printf(`M`)", "line", "`M`", ""},
		{"a.go", `fmt.Fprint(os.Stdout, "M")`, "line", `"M"`, `fmt.Fprint(os.Stdout, "M\n")`},
		{"a.go", `os.Stdout.Write([]byte("M"))`, "line", `"M"`, `os.Stdout.Write([]byte("M\n"))`},
		{"a.go", `fmt.Fprintln(os.Stderr, "M")`, "stderr", `"M"`, `fmt.Fprintln(os.Stdout, "M")`},
		{"a.go", "import \"log\"\nfunc main() { log.Println(\"M\") }", "stderr", `"M"`, ""},
		{"a.go", "package main\nfunc main() { println(\"M\") }", "stderr", `"M"`, ""},
		{"a.go", "package main\nimport \"fmt\"\nfunc main() { println(\"M\") }", "stderr", `"M"`, "package main\nimport \"fmt\"\nfunc main() { fmt.Println(\"M\") }"},
		{"a.go", `fmt.Println("M")`, "", "", ""},
		{"a.go", `fmt.Print("M", "\n")`, "", "", ""},
		{"a.go", `fmt.Printf("M%s", nl)`, "", "", ""},
		{"a.go", "package a\nfunc println(s string) {}\nfunc main() { println(\"M\") }", "", "", ""},
		{"a.go", "import log \"x/y\"\nlog.Println(\"M\")", "", "", ""},
		{"a.go", "fmt.Print(\"M\"); fmt.Println()", "", "", ""},
		{"a.rs", `print!("M");`, "line", `"M"`, `print!("M\n");`},
		{"a.rs", `io::stdout().write_all(b"M")?;`, "line", `"M"`, `io::stdout().write_all(b"M\n")?;`},
		{"a.rs", `eprintln!("M");`, "stderr", `"M"`, `println!("M");`},
		{"a.rs", `println!("M");`, "", "", ""},
		{"a.rs", `print!("M{}", '\n');`, "", "", ""},
		{"a.rs", "print!(\"M\"); println!();", "", "", ""},
		{"a.rs", `writeln!(out, "M")`, "", "", ""},
		{"A.java", `System.out.print("M");`, "line", `"M"`, `System.out.print("M\n");`},
		{"A.java", `System.err.println("M");`, "stderr", `"M"`, `System.out.println("M");`},
		{"A.java", `System.out.println("M");`, "", "", ""},
		{"A.java", `System.out.printf("M%n");`, "", "", ""},
		{"A.java", `System.out.print("M" + System.lineSeparator());`, "", "", ""},
		{"A.java", "System.setErr(System.out);\nSystem.err.println(\"M\");", "", "", ""},
		{"A.java", "import org.springframework.boot.*;\nSystem.out.print(\"M\");", "", "", ""},
		{"a.kt", "fun main() { print(\"M\") }", "line", `"M"`, "fun main() { print(\"M\\n\") }"},
		{"a.c", `printf("M"); fflush(stdout);`, "line", `"M"`, `printf("M\n"); fflush(stdout);`},
		{"a.c", `fputs("M", stdout);`, "line", `"M"`, `fputs("M\n", stdout);`},
		{"a.c", `fputs("M\n", stderr);`, "stderr", `"M\n"`, `fputs("M\n", stdout);`},
		{"a.c", `fprintf(stderr, "M\n");`, "stderr", `"M\n"`, `fprintf(stdout, "M\n");`},
		{"a.cpp", `std::cout << "M";`, "line", `"M"`, `std::cout << "M\n";`},
		{"a.cpp", `std::cout << "M" << std::flush;`, "line", `"M"`, `std::cout << "M\n" << std::flush;`},
		{"a.cpp", `std::cerr << "M" << std::endl;`, "stderr", `"M"`, `std::cout << "M" << std::endl;`},
		{"a.cpp", `std::cout << "M" << std::endl;`, "", "", ""},
		{"a.cpp", `std::cout << "M" << '\n' << std::flush;`, "", "", ""},
		{"a.c", `printf("M" "\n"); fflush(stdout);`, "", "", ""},
		{"a.c", `snprintf(b, sizeof b, "M");`, "", "", ""},
		{"a.c", `fputs("M", log);`, "", "", ""},
		{"a.c", `printf("M\n");`, "held", `"M\n"`, `printf("M\n"); fflush(stdout);`},
		{"a.c", `puts("M");`, "held", `"M"`, `puts("M"); fflush(stdout);`},
		{"a.c", `fputs("M\n", stdout);`, "held", `"M\n"`, `fputs("M\n", stdout); fflush(stdout);`},
		{"a.c", "if (x)\n  puts(\"M\");\nelse y();", "held", `"M"`, ""},
		{"a.c", "setvbuf(stdout, 0, _IONBF, 0);\nputs(\"M\");", "", "", ""},
		{"a.c", `fputs("M\n", f);`, "", "", ""},
		{"a.c", "printf(\"M\\n\");\nfflush(NULL);", "", "", ""},
		{"a.sh", "#!/bin/sh\necho -n M\n", "line", "-n", "#!/bin/sh\necho M\n"},
		{"run", "#!/bin/bash\n./app &\nprintf \"M\"\nwait $!\n", "line", `"M"`, "#!/bin/bash\n./app &\nprintf 'M\\n'\nwait $!\n"},
		{"a.sh", "printf M\r\n", "line", "M", "printf 'M\\n'\r\n"},
		{"a.sh", "  echo 'M' >&2\n", "stderr", ">&2", "  echo 'M'\n"},
		{"a.sh", "echo M\nexec ./app\n", "", "", ""},
		{"a.sh", "printf M\necho\n", "", "", ""},
		{"a.sh", "printf 'M\\n'\n", "", "", ""},
		{"a.sh", "printf '%s\\n' M\n", "", "", ""},
		{"a.sh", "echo -n M | cat\n", "", "", ""},
		{"a.sh", "echo -n M && echo\n", "", "", ""},
		{"a.sh", "echo -n M\nexec ./app\n", "", "", ""},
		{"a.rb", "print 'M'", "", "", ""},
		{"a", "M", "", "", ""},
	} {
		source := strings.ReplaceAll(test.text, "M", task.Mark)
		marks := task.Load(folder(map[string]string{"src/" + test.file: source})).Marks()
		if len(marks) != 1 {
			t.Errorf("%q: %d marks", test.text, len(marks))
			continue
		}
		f, p := marks[0].File, marks[0].Print()
		got := [...]string{"", "line", "stderr"}[p.Lost]
		if p.Held {
			got += "held"
		}
		at, mended := "", ""
		if got != "" {
			at = strings.ReplaceAll(f.Slice(p.At), task.Mark, "M")
		}
		if p.Title != "" {
			content, err := f.Apply([]text.Edit{p.Mend})
			if err != nil {
				t.Errorf("%q: %v", test.text, err)
			}
			mended = strings.ReplaceAll(content, task.Mark, "M")
		}
		if got != test.lost || at != test.at || mended != test.mended {
			t.Errorf("%s %q: %q at %q, mended %q", test.file, test.text, got, at, mended)
		}
	}
}

// Half-typed calls have their places and mends in the text, whatever is missing of them.
func TestPrintHalfTyped(t *testing.T) {
	for file, source := range map[string]string{
		"a.py":  "import sys, logging\nprint(\n  'M', end='', file=sys.stderr, # x\n)\nsys.stdout.write(b\"\"\"M\"\"\")\nlogging.info('M')",
		"a.js":  "process.stdout.write('M'); console.error(`M`, x)",
		"a.go":  "package a\nimport \"fmt\"\nfunc f() { println(\"M\"); fmt.Fprint(os.Stdout, `M`) }",
		"a.rs":  "print!(\"M\"); eprintln!(\"M\"); io::stdout().write_all(b\"M\");",
		"a.c":   "puts(\"M\"); fputs(\"M\\n\", stderr); printf(\"M\"); std::cerr << \"M\" << std::endl;",
		"a.sh":  "echo -n 'M' >&2\nprintf \"M\"\necho -n M\nwait",
		"A.kt":  "fun main() { System.err.println(\"M\"); print(\"M\") }",
		"start": "#!/bin/sh\necho 'M\" 1> &2\n",
	} {
		source = strings.ReplaceAll(source, "M", task.Mark)
		for i := range source {
			for _, half := range []string{source[:i], source[i:], source[:i] + source[i+1:]} {
				for _, m := range task.Load(folder(map[string]string{"src/" + file: half})).Marks() {
					p := m.Print()
					if p.At.Start < 0 || p.At.End < p.At.Start || p.At.End > len(half) {
						t.Fatalf("%q: at %v", half, p.At)
					}
					if (p.Lost != task.NotLost || p.Held) && p.At.Len() == 0 {
						t.Errorf("%q: nothing is underlined", half)
					}
					if _, err := m.File.Apply([]text.Edit{p.Mend}); p.Title != "" && err != nil {
						t.Errorf("%q: %v", half, err)
					}
				}
			}
		}
	}
}
