-- The command line: options, the script and its words, and what is said of a script with mistakes.

local kit = require "spec.support.kit"
local uv = require "spec.support.uv"

-- Where the program is, for those who go elsewhere.
local BIN = (os.getenv "LUAPROXY" or "./luaproxy"):gsub("^%./", uv.cwd() .. "/")

local SOUND = 'return { listen = "127.0.0.1:0", backends = { "127.0.0.1:9001" } }'

local function run(...)
  return kit.run { options = { ... } }
end

-- Wrong usage: exit 2, and one line.
local function assert_wrong(why, ...)
  local code, out, err = run(...)
  assert.same({ 2, "" }, { code, out })
  assert.matches("^luaproxy: " .. why .. "[^\n]*\n$", err)
end

-- Checks a script with mistakes. Returns what is said, sorted, without the path.
local function mistakes(text)
  local code, out, err = kit.run { script = text, options = { "--check" } }
  assert.same({ 1, "" }, { code, out })
  local lines = {}
  for line in err:gmatch "[^\n]+" do
    lines[#lines + 1] = line:match "^/[^:]*/script%.lua:(.*)$" or "unexpected line: " .. line
  end
  table.sort(lines)
  return lines
end

describe("the command", function()
  after_each(kit.cleanup)

  it("says its version", function()
    local code, out, err = run "--version"
    assert.same({ 0, "" }, { code, err })
    assert.matches("^luaproxy %d+%.%d+%.%d+\n$", out)
  end)

  it("explains every option", function()
    local code, out, err = run "--help"
    assert.same({ 0, "" }, { code, err })
    assert.matches("^usage: luaproxy %[options%] %[SCRIPT %[ARG...%]%]\n", out)
    for _, option in ipairs { "check", "log%-level", "unsafe", "help", "version" } do
      assert.matches("\n  %-%-" .. option .. " ", out)
    end
  end)

  it("refuses wrong usage in one line, with exit 2", function()
    assert_wrong("unknown option %-%-bogus; see luaproxy %-%-help", "--bogus")
    assert_wrong("unknown option %-%-chek, did you mean %-%-check", "--chek", "x.lua")
    assert_wrong("unknown option %-x", "-x")
    assert_wrong("%-%-log%-level must be error, warn, info or access, not \"loud\"",
      "--log-level=loud")
    assert_wrong("%-%-log%-level must be .*, not \"debug\"", "--log-level=debug")
    assert_wrong("%-%-log%-level must be .*, not \"x.lua\"", "--log-level", "x.lua")
    assert_wrong("%-%-log%-level must be", "--log-level")
  end)

  it("runs scripts/roundrobin.lua if it is told nothing, wherever it is called", function()
    local code, out = kit.run { bin = BIN, cwd = "/", options = { "--check" } }
    assert.equal(0, code)
    assert.matches("^/%g*/scripts/roundrobin.lua: ok\n  listen    :8080\n", out)
  end)

  it("hands the words behind the script to it, whatever they look like", function()
    local code, _, err = kit.run {
      script = "print(select('#', ...), ...) " .. SOUND, options = { "--check" },
      args = { "--help", "a b", "", "3" },
    }
    assert.equal(0, code)
    assert.matches("info +script: 4 %-%-help a b  3\n$", err)
    _, _, err = kit.run { script = "print(select('#', ...)) " .. SOUND, options = { "--check" } }
    assert.matches("script: 0\n$", err)
  end)

  it("takes what is behind -- as the script", function()
    local path = kit.file("print(...) " .. SOUND, "-x.lua")
    local code, _, err = kit.run { options = { "--check", "--", "./-x.lua", "--version" },
      cwd = path:match "^(.*)/", bin = BIN }
    assert.equal(0, code)
    assert.matches("script: %-%-version\n$", err)
  end)

  it("lets a script require what lies beside it", function()
    local path = kit.file("return { '127.0.0.1:7' }", "backends_of_mine.lua")
    local script = path:gsub("[^/]*$", "main.lua")
    local file = assert(io.open(script, "w"))
    file:write "return { listen = ':1', backends = require 'backends_of_mine' }"
    file:close()
    local code, out = kit.run { file = script, options = { "--check" } }
    assert.equal(0, code)
    assert.matches("backend   127.0.0.1:7 at", out)
  end)
end)

-- What `--check` says was understood, of all that it says.
local function understood(out)
  return (out:gsub("^.-script.lua: ok\n", ""):gsub("  note [^\n]*\n", ""))
end

describe("--check", function()
  after_each(kit.cleanup)

  it("says what was understood, and opens nothing", function()
    local taken = kit.listener()
    local code, out, err = kit.run { taken, taken, options = { "--check" }, script = [[
      return {
        listen = { "%s", "[::1]:81" },
        backends = { "http://%s/", { "127.0.0.1:82", id = "b", weight = 2, tier = 3 } },
        health = { path = "/healthz", status = 204, every = 0.5, fall = 7 },
        timeouts = { idle = 1, head = 2, connect = 3, response = 4.5, stall = 5, hook = 6,
          drain = 7, tunnel = 8 },
        limits = { head = 1000, fields = 10, body = 2^33, connections = 5, call = 0.1,
          memory = 2^21, line = 800, field = 700, per_address = 3, requests = 99, body_rate = 50,
          read_rate = 0 },
        retry = { tries = 4, on = { 503, "reset", 404 }, budget = 0.5, backoff = 0.25,
          body = 1000 },
        outlier = false,
        pick = function(up) return up[1] end, host = "backend", log = { access = false },
        allow = { connect = true, upgrade = { "a", "b/2" } },
      }
    ]] }
    assert.same({ 0, "" }, { code, err })
    assert.equal(([[
  listen    ADDR
  listen    [::1]:81
  backend   ADDR at ADDR, weight 1, tier 1
  backend   b at 127.0.0.1:82, weight 2, tier 3
  pick      script
  health    http /healthz, status 204, every 0.5 s, timeout 1 s, rise 2, fall 7
  retry     4 tries, on reset 404 503, budget 0.5, backoff 0.25 s, body 1000 bytes
  outlier   none
  host      backend
  tunnels   upgrade to a, b/2, CONNECT, 8 s
  timeouts  idle 1 s, head 2 s, connect 3 s, response 4.5 s, stall 5 s, hook 6 s, drain 7 s
  limits    head 1000 bytes, 10 fields, body 8589934592 bytes, 5 connections
  limits    line 800 bytes, field 700 bytes, body at 50 bytes/s, response at 0 bytes/s
  limits    3 connections of one address
  limits    99 requests on one connection
  script    0.1 s a call, 2097152 bytes
  log       no access
]]):gsub("ADDR", taken.addr), understood(out))
    assert.equal(0, taken.accepted)
  end)

  it("says what is so when a script says nothing of it", function()
    local _, out = kit.run { script = SOUND, options = { "--check" } }
    assert.equal([[
  listen    127.0.0.1:0
  backend   127.0.0.1:9001 at 127.0.0.1:9001, weight 1, tier 1
  pick      round robin
  health    tcp, every 2 s, timeout 1 s, rise 2, fall 3
  retry     2 tries, on connect reset timeout, budget 0.2, backoff 0 s, body 65536 bytes
  outlier   5 errors; rate 0.5, latency 5 of 20 in 5 s; eject 10 s, share 0.5, slow start 10 s
  host      keep
  tunnels   upgrade to websocket, 3600 s
  timeouts  idle 60 s, head 10 s, connect 2 s, response 30 s, stall 30 s, hook 10 s, drain 30 s
  limits    head 32768 bytes, 100 fields, any body, 10000 connections
  limits    line 16384 bytes, field 16384 bytes, body at 100 bytes/s, response at 100 bytes/s
  script    0.02 s a call, 67108864 bytes
  log       access
]], understood(out))
  end)

  it("says who is trusted, if anybody is", function()
    local script = SOUND:gsub("return {", 'return { trusted = { "10.0.0.0/8", "::1" },', 1)
    local code, out = kit.run { script = script, options = { "--check" } }
    assert.equal(0, code)
    assert.matches("\n  trusted   10%.0%.0%.0/8 ::1/128\n", out)
  end)

  it("says who waits, and for how long, where there are caps", function()
    local _, out = kit.run { options = { "--check" }, script = [[
      return {
        listen = "127.0.0.1:0",
        pools = {
          a = { backends = { { "127.0.0.1:1", cap = 3 }, { "127.0.0.1:2", drain = true } } },
          b = { backends = { "127.0.0.1:3" }, limits = { inflight = 9, pending = 0 } },
          c = { backends = { "127.0.0.1:4" } },
        },
        timeouts = { queue = 2 },
        route = function() return "a" end,
      }
    ]] }
    local queues = {}
    for line in out:gmatch "  queue     ([^\n]+)" do queues[#queues + 1] = line end
    assert.same({ "1000 pending, for 2 s", "9 in flight at each, 0 pending, for 2 s" }, queues)
    assert.matches("127.0.0.1:1, weight 1, tier 1, cap 3\n", out, 1, true)
    assert.matches("127.0.0.1:2, weight 1, tier 1, draining\n", out, 1, true)
  end)

  it("says which pools there are, who routes, and which hooks there are", function()
    local code, out, err = kit.run { options = { "--check" }, script = [[
      return {
        listen = "127.0.0.1:0",
        pools = {
          web = { backends = { "127.0.0.1:1" }, retry = { tries = 3 } },
          api = { backends = { "127.0.0.1:2" }, health = false,
            pick = function(up) return up[1] end },
        },
        route = function() return "web" end,
        request = { function() end, waits = true }, response = function() end,
      }
    ]] }
    assert.same({ 0, "" }, { code, err })
    assert.equal([[
  listen    127.0.0.1:0
  pool      api
  backend   127.0.0.1:2 at 127.0.0.1:2, weight 1, tier 1
  pick      script
  health    none
  retry     2 tries, on connect reset timeout, budget 0.2, backoff 0 s, body 65536 bytes
  outlier   5 errors; rate 0.5, latency 5 of 20 in 5 s; eject 10 s, share 0.5, slow start 10 s
  pool      web
  backend   127.0.0.1:1 at 127.0.0.1:1, weight 1, tier 1
  pick      round robin
  health    tcp, every 2 s, timeout 1 s, rise 2, fall 3
  retry     3 tries, on connect reset timeout, budget 0.2, backoff 0 s, body 65536 bytes
  outlier   5 errors; rate 0.5, latency 5 of 20 in 5 s; eject 10 s, share 0.5, slow start 10 s
  route     script
  request   script, may wait
  response  script
]], out:match("ok\n(.-)  host "))
  end)

  it("finds that switched-off checks are none", function()
    local _, out = kit.run { options = { "--check" },
      script = SOUND:gsub("}$", ", health = false }") }
    assert.matches("\n  health    none\n", out)
  end)
end)

describe("a script", function()
  after_each(kit.cleanup)

  for _, case in ipairs {
    { "does not parse", "\nlocal x = = 1", "2: unexpected symbol near '='" },
    { "raises an error", "\n\nerror 'no config'", "3: no config" },
    { "raises a bare text", "error('no config', 0)", " no config" },
    { "loads what is not there", "require 'nothing'", "1: module 'nothing' not found:" },
    { "returns nothing", "local x = 1", " the script must return a table, not nil" },
    { "is bytecode", "\27Lua", " attempt to load a binary chunk %(mode is 't'%)" },
  } do
    local what, text, why = table.unpack(case)
    it("that " .. what .. " is named with file and line, and exit 1", function()
      local code, out, err = kit.run { script = text }
      assert.same({ 1, "" }, { code, out })
      assert.matches("^/[^:\n]*/script%.lua:" .. why .. "\n$", err)
    end)
  end

  it("that cannot be read is named", function()
    local code, _, err = kit.run { file = "/no/such.lua" }
    assert.same({ 1, "cannot open /no/such.lua: No such file or directory\n" }, { code, err })
  end)

  it("is told all its mistakes at once, each with its line, before a socket is opened", function()
    local taken = kit.listener()
    assert.same({
      "10: health: path must be a string that begins with /",
      "10: health: type must be \"tcp\" or \"http\"",
      "11: timeouts: connect must be a number from 0.01 to 86400",
      "11: timeouts: unknown key \"hed\"; did you mean \"head\"?",
      "12: retry: tries must be a whole number from 1 to 10",
      "13: pick must be a function, not a string",
      "2: listen: \"nonsense\": the port is missing; write host:port",
      "3: unknown key \"lissen\"; did you mean \"listen\"?",
      "5: backends: \"127.0.0.1:99999\": the port must be a number up to 65535",
      "6: backends: \"\": the port is missing; write host:port",
      "7: backends: \"127.0.0.1:81\" is there twice; give one of them another id",
      "8: backends: unknown key \"wieght\"; did you mean \"weight\"?",
      "8: backends: weight must be a whole number from 1 to 65535",
    }, mistakes(([[return {
      listen = { "%s", "nonsense" },
      lissen = ":1",
      backends = {
        "127.0.0.1:99999",
        "",
        "127.0.0.1:81", "127.0.0.1:81",
        { "127.0.0.1:82", weight = 0, wieght = 2 },
      },
      health = { type = "icmp", path = "x" },
      timeouts = { hed = 1, connect = 0 },
      retry = { tries = 0 },
      pick = "first",
    }]]):format(taken.addr)))
  end)

  it("is told of a host that nobody knows, and of one that is missing", function()
    assert.same({
      '1: backends: ":80": the host is missing',
      '1: backends: "no.such.host.invalid:80": no host "no.such.host.invalid" is known',
    }, mistakes 'return { listen = ":1", backends = { ":80", "no.such.host.invalid:80" } }')
  end)

  it("is told what it must have", function()
    assert.same({
      "1: backends is missing; write backends = { \"127.0.0.1:9001\" }",
      "1: listen is missing; write listen = \":8080\"",
    }, mistakes "return {}")
    assert.same({ "1: backends: must be a list of at least one address" },
      mistakes "return { listen = ':1', backends = {} }")
  end)
end)
