#!/bin/sh
# Tampering with a sealed file, by somebody who has no key: what is refused, with nothing on standard output, and what
# nothing in the format can refuse.  The second list is as much a promise as the first one: nobody may claim more.
. "$(dirname "$0")/../lib.sh"
needs python3 age
keys || exit 1

plain() {
	printf '%s\n' '# first' '# same' '# same' 'DB_HOST=db.example.org' "DB_PASS=$1" 'EMPTY=' 'MODE_unencrypted=ab' \
		'SIZE_unencrypted=c' 'TWICE=1' 'TWICE=2' '  # indented' "LAST=$MARK-last"
}
plain "$MARK-old" >f.env
succeeds 'an older version' envseal encrypt -r "$RECIPIENT" f.env
cp f.env old.env
plain "$MARK-new" >new.env
sed -i 's/^# same$/&/; s/^# first/# other/' new.env
succeeds 'the version of today' envseal encrypt -r "$RECIPIENT" --base old.env new.env
is 'both have one data key' "$(grep __map_enc= new.env)" "$(grep __map_enc= old.env)"
succeeds 'it opens' envseal decrypt new.env
DATA_KEY=$(sed -n 's/^sops_age__list_0__map_enc=//p' new.env | sed 's/\\n/\n/g' |
	age -d -i "$HOME/.config/sops/age/keys.txt" | od -An -v -tx1 | tr -d ' \n')
cp "$TRASH/out" today

# Writes refuse/STATUSES/NAME and accept/NAME with accept/NAME.text, and bytes/STATUSES/NAME for the many.
export DATA_KEY
mkdir refuse accept bytes
ok 'the attacks are made' python3 - "$ROOT/tests/cli" <<'END'
import os, re, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import sops_token

key = bytes.fromhex(os.environ["DATA_KEY"])
new, old = (open(f, newline="").read().split("\n") for f in ("new.env", "old.env"))
text = open("today", newline="").read()
B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

def at(prefix, lines=new, nth=0):
    return [i for i, line in enumerate(lines) if line.startswith(prefix)][nth]

def edit(*changes):
    """The file with lines replaced; None: gone."""
    lines = list(new)
    for i, line in changes:
        lines[i] = line
    return "\n".join(line for line in lines if line is not None)

def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", newline="") as f:
        f.write(data)

def refuse(statuses, name, data):
    assert data != "\n".join(new), name
    assert not os.path.exists("refuse/%s/%s" % (statuses, name)), name
    put("refuse/%s/%s" % (statuses, name), data)

def accept(name, data, wanted):
    assert data != "\n".join(new), name
    put("accept/" + name, data)
    put("accept/" + name + ".text", wanted)

def swap(i, j):
    return edit((i, new[j]), (j, new[i]))

host, password, empty = at("DB_HOST="), at("DB_PASS="), at("EMPTY=")
mode, size, one, two, last = at("MODE_"), at("SIZE_"), at("TWICE="), at("TWICE=", nth=1), at("LAST=")
mac, date, version = at("sops_mac="), at("sops_lastmodified="), at("sops_version=")
suffix, layout, enc = at("sops_unencrypted_suffix="), at("sops_envseal="), at("sops_age__list_0__map_enc=")
recipient = at("sops_age__list_0__map_recipient=")
token = new[password].partition("=")[2]

# ---- values
refuse("25", "token moved to another name", edit((host, "DB_HOST=" + token)))
refuse("25", "two tokens swapped", edit((host, "DB_HOST=" + token), (password, "DB_PASS=" + new[host].partition("=")[2])))
refuse("51", "tokens of one name swapped", swap(one, two))
refuse("51", "a value deleted with its line", edit((password, None)))
refuse("51", "a value emptied", edit((password, "DB_PASS=")))
refuse("51", "a line moved", edit((password, None), (last, new[last] + "\n" + new[password])))
refuse("51", "two lines swapped", swap(host, password))
refuse("51", "a line doubled", edit((password, new[password] + "\n" + new[password])))
refuse("51", "token of an older version put back", edit((password, old[at("DB_PASS=", old)])))
refuse("51", "all lines of an older version", "\n".join(old[:at("sops_", old)] + new[at("sops_"):]))
refuse("51", "metadata of an older version", "\n".join(new[:at("sops_")] + old[at("sops_", old):]))
refuse("25", "a name changed", edit((password, "DB_PAS=" + token)))
refuse("25", "a name in lower case", edit((password, "db_pass=" + token)))
refuse("25", "a blank before the name", edit((password, " " + new[password])))
refuse("25", "export before the name", edit((password, "export " + new[password])))
refuse("25", "a value in clear instead of a token", edit((password, "DB_PASS=chosen")))
refuse("25", "a new value in clear", edit((last, new[last] + "\nADDED=chosen")))
refuse("25", "a blank before the token", edit((password, "DB_PASS= " + token)))
refuse("25", "text behind the token", edit((password, new[password] + "x")))
refuse("25", "a CR behind the token", edit((password, new[password] + "\r")))
refuse("25", "the token in quotes", edit((password, 'DB_PASS="%s"' % token)))
refuse("25", "a token cut off", edit((password, new[password][:60])))
refuse("25", "a token without data", edit((password, re.sub("data:[^,]*", "data:", new[password]))))
refuse("25", "a token without nonce", edit((password, re.sub("iv:[^,]*", "iv:", new[password]))))
refuse("25", "a token without tag", edit((password, re.sub("tag:[^,]*", "tag:", new[password]))))
refuse("25", "a tag of 12 bytes", edit((password, re.sub("tag:(.{16})[^,]*", r"tag:\1", new[password]))))
refuse("25", "a tag of no bytes", edit((password, re.sub("tag:[^,]*", "tag:=", new[password]))))
for kind in ("int", "float", "bool", "time", "STR", "st", "none", "null", "comment"):
    refuse("25", "type str becomes " + kind, edit((password, new[password].replace("type:str", "type:" + kind))))
refuse("51", "a value in clear under the MAC changed", edit((mode, "MODE_unencrypted=xy")))
refuse("51", "a value in clear under the MAC deleted", edit((mode, None)))
refuse("51", "a value in clear added", edit((size, new[size] + "\nMORE_unencrypted=1")))
refuse("51", "a token where clear values stand", edit((mode, "MODE_unencrypted=" + token)))
# ---- metadata
refuse("51", "the MAC removed", edit((mac, None)))
refuse("51", "the MAC empty", edit((mac, "sops_mac=")))
refuse("51", "the MAC in clear", edit((mac, "sops_mac=" + 128 * "A")))
refuse("51", "the MAC is the token of a value", edit((mac, "sops_mac=" + token)))
refuse("51", "the MAC of an older version", edit((mac, old[at("sops_mac=", old)])))
refuse("51", "MAC and date of an older version", edit((mac, old[at("sops_mac=", old)]), (date, old[at("sops_lastmodified=", old)])))
stamp = new[date].partition("=")[2]
plain_mac = sops_token.unseal(key, stamp.encode(), new[mac].partition("=")[2]).decode()
assert re.fullmatch("[0-9A-F]{128}", plain_mac)
for name, forged in (("lower case", plain_mac.lower()), ("half", plain_mac[:64]), ("twice", plain_mac * 2), ("of nothing", "CF83E1" + plain_mac[6:])):
    refuse("51", "the MAC " + name, edit((mac, "sops_mac=" + sops_token.seal(key, stamp.encode(), forged.encode()))))
refuse("51", "the date changed", edit((date, "sops_lastmodified=2020-01-01T00:00:00Z")))
refuse("1", "the date removed", edit((date, None)))
refuse("1", "the date is none", edit((date, "sops_lastmodified=yesterday")))
refuse("1", "the date twice", edit((date, new[date] + "\n" + new[date])))
refuse("1", "the version removed", edit((version, None)))
refuse("1", "the version is none", edit((version, "sops_version=new")))
refuse("1", "no recipient", edit((enc, None), (recipient, None)))
refuse("25,51", "another suffix selects", edit((suffix, "sops_unencrypted_suffix=_PASS")))
refuse("25,51", "a regular expression selects", edit((suffix, "sops_encrypted_regex=^DB_PASS$")))
refuse("1", "two ways of selecting", edit((suffix, new[suffix] + "\nsops_encrypted_suffix=X")))
refuse("51", "mac_only_encrypted added", edit((mac, new[mac] + "\nsops_mac_only_encrypted=true")))
refuse("51", "the layout is the token of a value", edit((layout, "sops_envseal=" + token)))
refuse("51", "the layout in clear", edit((layout, "sops_envseal=oQ==")))
refuse("1", "a merge conflict", edit((password, "<<<<<<< HEAD\n%s\n=======\n%s\n>>>>>>> theirs" % (new[password], old[at("DB_PASS=", old)]))))
refuse("1,51,128", "the file cut in its metadata", "\n".join(new[:mac]) + "\n")
refuse("1", "a line that is none", edit((last, new[last] + "\nnonsense")))

# ---- every byte of a token, of the MAC, of the layout, and of the wrapped data key
def each_byte(statuses, what, i, begin, step=1):
    line = new[i]
    for k in range(begin, len(line), step):
        c = line[k]
        others = [B64[(B64.index(c) + d) % 64] for d in (1, 32)] if c in B64 else ["A", " "]
        for other in [o for o in others if o != c] + [""]:
            put("bytes/%s/%s %d %s" % (statuses, what, k, "gone" if not other else B64.find(other)), edit((i, line[:k] + other + line[k + 1:])))
each_byte("25", "token", password, len("DB_PASS="))
each_byte("51", "mac", mac, len("sops_mac="), 3)
each_byte("51", "layout", layout, len("sops_envseal="), 2)
each_byte("1,128", "data key", enc, len("sops_age__list_0__map_enc="), 7)
for k in range(len("sops_lastmodified="), len(new[date])):
    if new[date][k].isdigit():
        put("bytes/1,51/date %d" % k, edit((date, new[date][:k] + str((int(new[date][k]) + 1) % 10) + new[date][k + 1:])))

# ---- what cannot be refused: the MAC has values only, one behind the other, and not what is empty or a comment
comment, same = at("#ENC"), at("#ENC", nth=1)
stock = "".join(line.lstrip() + "\n" for line in text.split("\n") if line)  # without the layout
def without(line):
    return text.replace(line + "\n", "", 1)
no_layout = [(layout, None)]
accept("a comment deleted", edit((comment, None), *no_layout), stock.replace("# other\n", ""))
accept("a comment moved", edit((comment, None), (last, new[last] + "\n" + new[comment]), *no_layout), stock.replace("# other\n", "") + "# other\n")
accept("a comment of an older version put back", edit((comment, old[at("#ENC", old)])), text.replace("# other", "# first"))
accept("a comment doubled", edit((comment, new[comment] + "\n" + new[comment]), *no_layout), stock.replace("# other\n", "# other\n# other\n"))
accept("two comments swapped", swap(comment, same), text.replace("# other\n# same\n", "# same\n# other\n"))
accept("a comment in clear added", edit((comment, "# pay to this account\n" + new[comment]), *no_layout), "# pay to this account\n" + stock)
accept("an empty value added", edit((last, new[last] + "\nADDED="), *no_layout), stock + "ADDED=\n")
accept("an empty value deleted", edit((empty, None), *no_layout), stock.replace("EMPTY=\n", ""))
accept("an empty value under another name", edit((empty, "OTHER="), *no_layout), stock.replace("EMPTY=", "OTHER="))
accept("an empty value moved", edit((empty, None), (last, new[last] + "\nEMPTY="), *no_layout), stock.replace("EMPTY=\n", "") + "EMPTY=\n")
accept("the name of a clear value changed", edit((mode, "OTHER_unencrypted=ab"), *no_layout), stock.replace("MODE_", "OTHER_"))
accept("the bound between two clear values moved", edit((mode, "MODE_unencrypted=a"), (size, "SIZE_unencrypted=bc")),
       text.replace("=ab\n", "=a\n").replace("=c\n", "=bc\n"))
accept("a type that reads the same", edit((one, new[one].replace("type:str", "type:int"))), text)
accept("blank lines added", edit((last, new[last] + "\n\n"), *no_layout), stock + "\n\n")
accept("the layout removed", edit(*no_layout), stock)
accept("the version of sops changed", edit((version, "sops_version=3.99.0")), text)
accept("unknown metadata added", edit((version, new[version] + "\nsops_unknown=x")), text)
stranger = "age1xne2tq08s8j92rfemqqxej4nrm4t6wce84n5vltghctwdalpu49qatum5q"
accept("a recipient added whose data key is senseless", edit((recipient, new[recipient] + "\n" +
       new[enc].replace("list_0", "list_1") + "\nsops_age__list_1__map_recipient=" + stranger)), text)
accept("the name of a recipient changed", edit((recipient, "sops_age__list_0__map_recipient=" + stranger)), text)
END

# What is refused says why, shows nothing, and not even in the message.
for file in refuse/*/*; do
	codes=${file#refuse/} name=${file##*/}
	codes=${codes%%/*}
	run envseal decrypt "$file"
	case ,$codes, in
	*,$status,*) right=0 ;;
	*) right=1 ;;
	esac
	orderly || right=1
	[ ! -s "$TRASH/out" ] || { right=1 && note 'there is something on standard output'; }
	[ -s "$TRASH/err" ] || { right=1 && note 'it does not say why'; }
	if mark_shows "$TRASH/err"; then right=1 && note 'the message shows a value'; fi
	tap "$right" "refused ($codes): $name" || { note "status $status" && show; }
done
refused=$(find refuse -type f | wc -l)

# textconv shows no value of them either, and never fails.
wrong=0
for file in refuse/*/*; do
	run envseal textconv "$file"
	if [ "$status" -ne 0 ] || mark_shows "$TRASH/out" || mark_shows "$TRASH/err"; then
		wrong=$((wrong + 1))
		note "$file" && show
	fi
done
is "textconv of $refused refused files shows no value" "$wrong" 0

many=$(find bytes -type f | wc -l) wrong=0
for file in bytes/*/*; do
	codes=${file#bytes/}
	codes=${codes%%/*}
	run envseal decrypt "$file"
	case ,$codes, in
	*,$status,*) [ -s "$TRASH/out" ] || continue ;;
	esac
	wrong=$((wrong + 1))
	[ "$wrong" -gt 10 ] || { note "$file: status $status, $(wc -c <"$TRASH/out") bytes on standard output" && show; }
done
is "every byte: $many changes are refused" "$wrong" 0

note 'What the format cannot protect: none of these is noticed, and none may be claimed to be.'
for file in accept/*.text; do
	file=${file%.text}
	if succeeds "not noticed: ${file#accept/}" envseal decrypt "$file"; then
		same "not noticed: ${file#accept/}: the text" "$TRASH/out" "$file.text"
	fi
done
note "$refused attacks and $many single bytes refused, $(find accept -name '*.text' | wc -l) not noticed"
done_testing
