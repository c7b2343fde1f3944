-- The log, when nobody reads it or there is no room for it.

local files = require "spec.support.files"
local kit = require "spec.support.kit"
local usage = require "spec.support.usage"
local uv = require "spec.support.uv"

local SCRIPT = [[
  return { listen = "127.0.0.1:%s", backends = { "%s" }, health = false,
    pick = function(up, req)
      if req.path == "/print" then print("said by the script " .. ("x"):rep(900)) end
      return up[1]
    end }
]]

local LOST = "(%d+) lines of the log were lost: "
-- Together they fill the pipe and what the proxy keeps.
local MANY = 300
local GET = kit.request { target = "/" .. ("x"):rep(900) }
local PRINT = kit.request { target = "/print" }

-- Starts the proxy so that its log goes to the file at PATH.
local function start(path, options)
  local backend = kit.backend { name = "a" }
  local port = kit.closed_port()
  local script = kit.file(SCRIPT:format(port, backend.addr))
  local proxy = kit.spawn {
    "sh", "-c", 'exec "$0" "$1" 2>"$2"', os.getenv "LUAPROXY" or "./luaproxy", script, path,
    limits = options and options.limits,
  }
  proxy.addr = "127.0.0.1:" .. port
  kit.until_true(function() return pcall(kit.connect, proxy.addr) end, "the proxy")
  return proxy
end

-- COUNT requests over a connection are all answered.
local function ask(proxy, count, request)
  local client = kit.connect(proxy.addr)
  client:post((request or GET):rep(count))
  for _ = 1, count do assert.equal(200, client:read_message().status) end
  client:close()
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

describe("a log that nobody reads", function()
  local path, proxy, reader

  before_each(function()
    path = files.new("", "log")
    os.remove(path)
    assert.equal(0, (kit.run { "mkfifo", path }))
    reader = assert(uv.fs_open(path, uv.constants.O_RDONLY + uv.constants.O_NONBLOCK, 0))
    proxy = start(path)
  end)
  after_each(function()
    uv.fs_close(reader)
    kit.cleanup()
  end)

  -- Reads until PATTERN has come.
  local function read_until(pattern)
    local text = ""
    kit.until_true(function()
      text = text .. (uv.fs_read(reader, 1 << 20) or "")
      return text:find(pattern)
    end, pattern)
    return text
  end

  it("holds nobody up, and says what was lost when it is read again", function()
    ask(proxy, MANY)
    local text = read_until(LOST .. "nobody read it\n")
    local lost = tonumber(text:match(LOST))
    local line = '\n[^\n]* access 127.0.0.1:%d+ "GET /x+ HTTP/1.1" 200 1 [^\n]*'
    assert.equal(MANY, count(text, line) + lost)
    ask(proxy, 2)
    assert.equal(2, count(read_until("access.*access[^\n]*\n"), " access 127"))
  end)

  it("nor does it when the script has a lot to say", function()
    ask(proxy, MANY, PRINT)
    local text = read_until(LOST)
    assert.is_true(count(text, "said by the script x+\n") > 50)
  end)

  it("does not keep the loop busy", function()
    ask(proxy, MANY)
    assert.is_true(usage.cpu(proxy, 0.5) < 0.1)
  end)

  it("is not waited for at the end", function()
    ask(proxy, MANY)
    proxy:signal "sigterm"
    assert.equal(0, (proxy:wait_exit()))
  end)

  it("may have no reader at all for a while", function()
    uv.fs_close(reader)
    ask(proxy, MANY)
    reader = assert(uv.fs_open(path, uv.constants.O_RDONLY + uv.constants.O_NONBLOCK, 0))
    assert.is_truthy(read_until(LOST .. "Broken pipe\n"))
  end)
end)

describe("a log on a full disk", function()
  after_each(kit.cleanup)

  it("holds nobody up", function()
    local proxy = start "/dev/full"
    ask(proxy, MANY)
    assert.is_true(usage.cpu(proxy, 0.5) < 0.1)
    ask(proxy, 1)
  end)

  it("says what was lost when there is room again", function()
    local path = kit.file("", "log")
    local proxy = start(path, { limits = { fsize = "20000:unlimited" } })
    ask(proxy, MANY)
    assert.equal(20000, uv.fs_stat(path).size)
    kit.spawn({ "prlimit", "--pid", proxy.pid, "--fsize=unlimited:" }):wait_exit()
    local text
    kit.until_true(function()
      text = io.open(path):read "a"
      return text:find(LOST .. "File too large\n")
    end, "what was lost")
    assert.equal(MANY, count(text, " access [^\n]*total=[%d.]+\n") + text:match(LOST))
  end)
end)
