// goregex makes pairs of a regular expression and a subject, or says what Go's regexp package answers to them.
//
//	goregex gen SEED COUNT    writes pairs: two hexadecimal texts a line, "-" for an empty one
//	goregex run               reads pairs; writes "yes", "no" or "error" for each
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math/rand"
	"os"
	"regexp"
	"strconv"
	"strings"
)

func encode(s string) string {
	if s == "" {
		return "-"
	}
	return hex.EncodeToString([]byte(s))
}

func decode(s string) string {
	if s == "-" {
		return ""
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func run() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		pattern, subject, _ := strings.Cut(in.Text(), " ")
		re, err := regexp.Compile(decode(pattern))
		switch {
		case err != nil:
			fmt.Fprintln(out, "error")
		case re.MatchString(decode(subject)):
			fmt.Fprintln(out, "yes")
		default:
			fmt.Fprintln(out, "no")
		}
	}
}

// Small alphabets make matches and near misses likely.
var chars = strings.Split("a,b,c,\n,A,B,K,k,s,S,0,7,_,-,.,/, ,\t,\r,\v,\f,é,ſ,\u212a,ß,İ,€,😀,\x7f,\u0085,\u00a0,\u2028", ",")

var atoms = strings.Split(`^ $ \A \z a b c ab A K k s S 0 7 _ - / . . .* \. \d \D \s \S \w \W \b \B \n \t \v \f \r \a `+
	`\x41 \x{4b} \x{e9} \x{1f600} \x{d800} \x{110000} \x \x{} \x4 \101 \07 \0 \1 \8 \12 \C \Z \E \e \h \R \K \G \X \N `+
	`\Qa.b\E \Q*\E \Q\E \Qa \p{Greek} \pL \PN \p{^Lu} \p{Any} [a-c] [^a] [^a-c] []a] [^]a] [a-] [-a] [a\-c] [\]] [\d] `+
	`[\d-z] [a-\d] [^\d\s] [^\W] [\D\S] [[:alpha:]] [[:^alpha:]] [^[:space:]] [[:word:]-] [[:foo:]] [[:alpha:] [[a]] [b-a] `+
	`[a-é] [é-€] [^é] [\x00-\x7f] [^\x00-\x{10ffff}] [K-S] [k] [^k] [^s] [[:lower:]] [[:^upper:]] [] [ [^ [a [\b] [\x{17f}] `+
	`é ſ `+"\u212a"+` ß € 😀 { } ] {,3} {a} a{ \- \_ \@ \é \" % # (?#c) (?i) (?-i) (?s) (?m) (?U) (?ms) (?i-s) (?-) (?) (?x) `+
	`(?=a) (?!a) (?<=a) (?<!a) (?>a) (?|a) (?R) (?P>n) (?P=n) \k<n> \g1 a++ (?i:k) (?i:s) (?i:[k-s]) (?i:[^k]) (?i:\W) (?i:\w) (?i:[[:^lower:]])`, " ")

var quantifiers = strings.Split("* + ? *? +? ?? {2} {0} {1} {0,1} {1,} {0,} {2,3} {2,3}? {3,2} {1001} {1000} {1,1000} {02} {40} ** *+ {2}{3} {30}", " ")

var groups = strings.Split("( (?: (?i: (?s: (?m: (?U: (?P<n> (?<m> (?-i: (?is-m: (?P<> (?<é> (?P<n (?i", " ")

func pick(r *rand.Rand, from []string) string { return from[r.Intn(len(from))] }

// good atoms alone make patterns that both sides accept more often.
const plainAtoms = 30

func pattern(r *rand.Rand, depth int, wild bool) string {
	var b strings.Builder
	for n := r.Intn(5); n >= 0; n-- {
		switch k := r.Intn(12); {
		case k < 2 && depth > 0:
			g := groups[r.Intn(8)]
			if wild && r.Intn(8) == 0 {
				g = pick(r, groups)
			}
			b.WriteString(g + pattern(r, depth-1, wild))
			if !wild || r.Intn(30) > 0 {
				b.WriteString(")")
			}
		case k == 2:
			b.WriteString("|")
		case k == 3:
			b.WriteString(pick(r, chars))
		case wild && r.Intn(2) == 0:
			b.WriteString(pick(r, atoms))
		default:
			b.WriteString(atoms[r.Intn(plainAtoms)])
		}
		if r.Intn(4) == 0 {
			b.WriteString(quantifiers[r.Intn(14)])
		} else if wild && r.Intn(20) == 0 {
			b.WriteString(pick(r, quantifiers))
		}
	}
	return b.String()
}

// mutate changes bytes, so that broken UTF-8 and cut constructs come up.
func mutate(r *rand.Rand, s string) string {
	b := []byte(s)
	for n := r.Intn(3); n > 0 && len(b) > 0; n-- {
		i := r.Intn(len(b))
		switch r.Intn(3) {
		case 0:
			b[i] = byte(r.Intn(256))
		case 1:
			b = append(b[:i], b[i+1:]...)
		default:
			const meta = `\[](){}*+?|^$.-:,PQEpxi<>=!0189`
			b = append(b[:i], append([]byte{meta[r.Intn(len(meta))]}, b[i:]...)...)
		}
	}
	return string(b)
}

func gen(seed int64, count int) {
	r := rand.New(rand.NewSource(seed))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for made := 0; made < count; {
		p := []string{"(?m)", "(?i)", "(?s)", "", "", ""}[r.Intn(6)] + pattern(r, 3, r.Intn(2) == 0)
		if r.Intn(4) == 0 {
			p = mutate(r, p)
		}
		for n := 1 + r.Intn(4); n > 0 && made < count; n-- {
			var s strings.Builder
			few := chars[:3+r.Intn(len(chars)-3)]
			for k := r.Intn(9); k > 0; k-- {
				s.WriteString(pick(r, few))
			}
			if r.Intn(6) == 0 {
				s.WriteString("\n")
			}
			fmt.Fprintln(out, encode(p), encode(s.String()))
			made++
		}
	}
}

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "run":
		run()
	case len(os.Args) == 4 && os.Args[1] == "gen":
		seed, err := strconv.ParseInt(os.Args[2], 10, 64)
		count, err2 := strconv.Atoi(os.Args[3])
		if err != nil || err2 != nil {
			fmt.Fprintln(os.Stderr, "goregex: SEED and COUNT are numbers")
			os.Exit(64)
		}
		gen(seed, count)
	default:
		fmt.Fprintln(os.Stderr, "usage: goregex gen SEED COUNT | goregex run")
		os.Exit(64)
	}
}
