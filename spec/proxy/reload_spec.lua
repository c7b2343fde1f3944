-- SIGHUP: the script is loaded anew, and nobody who is being served notices.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

-- A script with these backends, a list in Lua, and these other keys.
local function script_of(backends, rest)
  return ("return { listen = { '127.0.0.1:0' }, backends = { %s }, %s }")
    :format(backends, rest or "")
end

-- The addresses of these objects as a list in Lua.
local function list_of(...)
  local list = {}
  for i, object in ipairs { ... } do list[i] = ("'%s'"):format(object.addr) end
  return table.concat(list, ", ")
end

local function start(script)
  return kit.proxy { script = script, options = { "--log-level", "info" } }
end

local function hang_up(proxy, script)
  if script then proxy:rewrite(script) end
  proxy:signal "sighup"
end

-- Has the proxy serve by SCRIPT from now on; without one, by the same as before.
local function reload(proxy, script)
  hang_up(proxy, script)
  proxy:wait_line "info +loaded .*script.lua anew$"
end

-- Has the proxy load SCRIPT anew, which must not come to anything. Returns why.
local function reload_badly(proxy, script)
  hang_up(proxy, script)
  return proxy:wait_line "error +not loaded, nothing changes: .*script.lua:(.*)"
end

local function memory_of(proxy)
  local file = assert(io.open(("/proc/%d/status"):format(proxy.pid)))
  local kilobytes = file:read("a"):match "VmRSS:%s*(%d+) kB"
  file:close()
  return tonumber(kilobytes)
end

describe("a script that is loaded anew", function()
  local a, b

  before_each(function()
    a, b = kit.backend { name = "a" }, kit.backend { name = "b" }
  end)

  after_each(kit.cleanup)

  it("is valid from the next request on, of clients too who were there before", function()
    local proxy = start(script_of(list_of(a)))
    local client = proxy:connect()
    client:send(kit.request {})
    assert.equal("a", client:read_message().body)
    reload(proxy, script_of(list_of(b)))
    client:send(kit.request {})
    assert.equal("b", client:read_message().body)
    assert.equal("b", proxy:get("/").body)
  end)

  it("costs no request under load", function()
    local proxy = start(script_of(list_of(a, b)))
    local clients = load.start(proxy, { clients = 10 })
    for i = 1, 20 do
      clients:wait_answers(50)
      local rest = i % 2 == 0 and "pick = function(up) return up[1] end" or ""
      reload(proxy, script_of(i % 3 == 0 and list_of(a) or list_of(b, a), rest))
    end
    clients:stop()
    assert.same({}, clients.failed)
    assert.equal(clients.asked, clients.answered)
    assert.is_true(clients.shares.a > 0 and clients.shares.b > 0)
  end)

  it("gets the words of the command line", function()
    local proxy = kit.proxy { a, b, args = { a.addr }, options = { "--log-level", "info" },
      script = "return { listen = '127.0.0.1:0', backends = { (...) } }" }
    proxy:rewrite [[
      print('words: ' .. (...)) return { listen = '127.0.0.1:0', backends = { (...) } }
    ]]
    reload(proxy)
    assert.equal(a.addr, proxy:wait_line "words: (.*)")
    assert.equal("a", proxy:get("/").body)
  end)

  it("begins with a state of its own", function()
    local proxy = start(script_of(list_of(a), "x = 1"):gsub("^", "count = (count or 0) + 1 ")
      :gsub("x = 1", "pick = function(up) print('count ' .. count) count = 7 return up[1] end"))
    for _ = 1, 3 do
      proxy:get "/"
      assert.equal("1", proxy:wait_line "count (%d)")
      reload(proxy)
    end
  end)
end)

describe("a script that is not fit to be loaded", function()
  local a, proxy

  before_each(function()
    a = kit.backend { name = "a" }
    proxy = start(script_of(list_of(a)))
  end)

  after_each(kit.cleanup)

  local cases = {
    { "that is no Lua", "return {", "1: .*expected" },
    { "that raises an error", "local t\nreturn t.x", "2: attempt to index" },
    { "that returns nothing", "", " the script must return a table" },
    { "with an unknown key", script_of("'127.0.0.1:1'", "\nhots = 1"), "2: unknown key \"hots\"" },
    { "with a pick that is none", script_of("'127.0.0.1:1'", "pick = 5"), "1: pick must be" },
    { "that wants too much memory", "local t = {} while true do t[#t + 1] = { t } end", "" },
  }
  for _, case in ipairs(cases) do
    it(case[1] .. " changes nothing, and the log says why", function()
      assert.matches(case[3], reload_badly(proxy, case[2]))
      assert.equal("a", proxy:get("/").body)
      reload(proxy, script_of(list_of(kit.backend { name = "b" })))
      assert.equal("b", proxy:get("/").body)
    end)
  end

  it("has all of its mistakes named", function()
    assert.matches("1: backends is missing", reload_badly(proxy, "return {\n x = 1,\n y = 2 }"))
    proxy:wait_line "not loaded, nothing changes: .*script.lua:1: listen is missing"
    proxy:wait_line "not loaded, nothing changes: .*script.lua:2: unknown key \"x\""
    proxy:wait_line "not loaded, nothing changes: .*script.lua:3: unknown key \"y\""
  end)

  it("for it is not there changes nothing", function()
    assert(os.remove(proxy.path))
    proxy:signal "sighup"
    proxy:wait_line "error +not loaded, nothing changes: .*No such file"
    assert.equal("a", proxy:get("/").body)
  end)

  it("for somebody else listens where it wants to changes nothing", function()
    local taken = kit.listener()
    hang_up(proxy, script_of(list_of(a)):gsub("'127.0.0.1:0'", "%0, '" .. taken.addr .. "'"))
    proxy:wait_line("error +cannot listen on " .. taken.addr)
    proxy:wait_line "error +not loaded, nothing changes"
    assert.equal("a", proxy:get("/").body)
    taken:close()
    reload(proxy)
    proxy:wait_line("info +listening on " .. taken.addr)
  end)
end)

describe("across a reload", function()
  local a, b

  before_each(function()
    a, b = kit.backend { name = "a" }, kit.backend { name = "b" }
  end)

  after_each(kit.cleanup)

  it("backends come and go", function()
    local c = kit.backend { name = "c" }
    local proxy = start(script_of(list_of(a, b)))
    local clients = load.start(proxy, { clients = 4 })
    clients:wait_answers(20)
    reload(proxy, script_of(list_of(b, c)))
    clients:wait_answers(20)
    clients.shares = {}
    clients:wait_answers(20)
    clients:stop()
    assert.same({}, clients.failed)
    assert.is_nil(clients.shares.a)
    assert.is_true(clients.shares.b > 0 and clients.shares.c > 0)
  end)

  it("a new backend is checked before it gets anything", function()
    local proxy = start(script_of(list_of(a)))
    local nobody = "127.0.0.1:" .. kit.closed_port()
    reload(proxy, script_of(("%s, '%s'"):format(list_of(a), nobody), "retry = { tries = 1 }"))
    proxy:wait_line("warn +backend " .. nobody .. " is DOWN: connection refused")
    for _ = 1, 4 do assert.equal("a", proxy:get("/").body) end
  end)

  it("others come after some have gone", function()
    local c = kit.backend { name = "c" }
    local proxy = start(script_of(list_of(a, b)))
    reload(proxy, script_of(list_of(a)))
    reload(proxy, script_of(list_of(c)))
    assert.equal("c", proxy:get("/").body)
    reload(proxy, script_of(list_of(b)))
    assert.equal("b", proxy:get("/").body)
  end)

  it("who is down stays down, and is not told of again", function()
    local nobody = "127.0.0.1:" .. kit.closed_port()
    local script = script_of(("'%s', %s"):format(nobody, list_of(a)), "retry = { tries = 1 }")
    local proxy = start(script)
    for _ = 1, 3 do
      reload(proxy)
      for _ = 1, 3 do assert.equal("a", proxy:get("/").body) end
    end
    assert.equal(1, #proxy:lines "is DOWN")
    assert.equal(1, #proxy:lines "is UP")
  end)

  it("who is checked no more gets requests again, and is gone if it was down", function()
    local nobody = "127.0.0.1:" .. kit.closed_port()
    local script = script_of(("'%s'"):format(nobody))
    local proxy = start(script)
    assert.equal(503, proxy:get("/").status)
    reload(proxy, script_of(("'%s'"):format(nobody), "health = false"))
    assert.equal(503, proxy:get("/").status)
  end)

  it("requests in flight are counted until they end", function()
    local PICK = [[pick = function(up) print("inflight " .. up[1].inflight) return up[1] end]]
    local waiting
    a.handler = function(request, conn)
      if request.target ~= "/slow" then return "quick" end
      waiting = conn
    end
    local proxy = start(script_of(list_of(a), PICK))
    local client = proxy:connect()
    client:send(kit.request { target = "/slow" })
    kit.until_true(function() return waiting end)
    proxy:wait_line "inflight 0"
    for _ = 1, 2 do
      reload(proxy)
      assert.equal("quick", proxy:get("/").body)
      proxy:wait_line "inflight 1"
    end
    waiting:send(kit.response { body = "slow" })
    assert.equal("slow", client:read_message().body)
    proxy:get "/"
    proxy:wait_line "inflight 0"
  end)

  it("a response goes on that is being sent, whoever has gone meanwhile", function()
    local slow = kit.listener()
    local proxy = start(script_of(list_of(slow), "health = false"))
    local client = proxy:connect()
    client:send(kit.request {})
    local conn = slow:accept()
    conn:read_message()
    conn:send "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n01"
    local head = client:read_head()
    for i = 1, 3 do
      reload(proxy, script_of(list_of(i % 2 == 0 and a or b)))
      assert.equal(i % 2 == 0 and "a" or "b", proxy:get("/").body)
      conn:send(("%d%d"):format(2 * i, 2 * i + 1))
    end
    assert.equal("01234567", client:read_body(head).body)
    client:send(kit.request {})
    assert.equal("b", client:read_message().body)
  end)

  it("a request is tried elsewhere by the script that it began with", function()
    local first = kit.listener()
    local proxy = start(script_of(list_of(first, a), "health = false"))
    local client = proxy:connect()
    client:send(kit.request {})
    local conn = first:accept()
    conn:read_message()
    reload(proxy, script_of(list_of(b)))
    conn:reset()
    assert.equal("a", client:read_message().body)
    client:send(kit.request {})
    assert.equal("b", client:read_message().body)
  end)

  it("connections to backends stay open", function()
    local proxy = start(script_of(list_of(a), "health = false"))
    for _ = 1, 3 do
      assert.equal("a", proxy:get("/").body)
      reload(proxy)
    end
    assert.equal(1, a.connections)
  end)

  it("listeners come and go, and those that stay let everybody in", function()
    local other = kit.closed_port()
    local proxy = start(script_of(list_of(a)))
    local both = script_of(list_of(a)):gsub("'127.0.0.1:0'", "%0, '127.0.0.1:" .. other .. "'")
    reload(proxy, both)
    proxy:wait_line("info +listening on 127.0.0.1:" .. other)
    local client = kit.connect(other)
    client:send(kit.request {})
    assert.equal("a", client:read_message().body)
    assert.equal("a", proxy:get("/").body)

    reload(proxy, script_of(list_of(b)))
    proxy:wait_line("info +no longer listening on 127.0.0.1:" .. other)
    assert.is_false((pcall(kit.connect, other)))
    client:send(kit.request {})
    assert.equal("b", client:read_message().body)
    assert.equal("b", proxy:get("/").body)
  end)
end)

describe("a reload that is not done yet", function()
  local a

  before_each(function() a = kit.backend { name = "a" } end)

  after_each(kit.cleanup)

  -- Has the proxy load a script, while it serves, whose first check does not end.
  local function begin_another(proxy, timeout)
    hang_up(proxy, "print 'loading' " .. script_of(list_of(a, kit.deaf_listener()),
      ("health = { timeout = %d }"):format(timeout)))
    proxy:wait_line "script: loading"
    return proxy
  end

  local function begin(rest)
    return begin_another(start(script_of(list_of(a), rest)), 60)
  end

  it("leaves the running script in place", function()
    local proxy = begin()
    for _ = 1, 3 do assert.equal("a", proxy:get("/").body) end
    assert.same({}, proxy:lines "anew")
  end)

  it("gives way to the next one", function()
    local proxy = begin()
    reload(proxy, script_of(list_of(kit.backend { name = "b" })))
    assert.equal("b", proxy:get("/").body)
    assert.equal(1, #proxy:lines "anew")
  end)

  it("stays when the next one cannot be loaded", function()
    local proxy = begin()
    reload_badly(proxy, "return {")
    assert.equal("a", proxy:get("/").body)
    reload(proxy, script_of(list_of(kit.backend { name = "b" })))
    assert.equal("b", proxy:get("/").body)
  end)

  it("has nothing begin again that the running script does every so often", function()
    local proxy = begin [[every = { [60] = function() print "errand" end }]]
    proxy:wait_line "script: errand"
    begin_another(proxy, 50)
    reload_badly(proxy, "return {")
    assert.equal("a", proxy:get("/").body)
    assert.equal(1, #proxy:lines "errand")
  end)

  it("does not keep the proxy from ending", function()
    local proxy = begin()
    assert.equal("a", proxy:get("/").body)
    assert.equal(0, proxy:stop())
  end)

  it("lets the proxy finish what is in flight when it is to end", function()
    local waiting
    a.handler = function(_, conn) waiting = conn end
    local proxy = begin()
    local client = proxy:connect()
    client:send(kit.request {})
    kit.until_true(function() return waiting end)
    proxy:signal "sigterm"
    proxy:wait_line "draining: 1 connections"
    proxy:signal "sighup"
    waiting:send(kit.response { body = "late" })
    assert.equal("late", client:read_message().body)
    assert.equal(0, proxy:wait_exit())
    assert.same({}, proxy:lines "anew")
  end)
end)

describe("a script that may do anything", function()
  after_each(kit.cleanup)

  it("may look at its backends until the very end", function()
    local proxy = kit.proxy { options = { "--unsafe" }, script = [[
      local seen
      witness = setmetatable({}, { __gc = function()
        io.stderr:write("the last of ", seen.id, ": ", tostring(seen.ewma), "\n")
      end })
      return {
        listen = "127.0.0.1:0", backends = { { "127.0.0.1:1", id = "a" } }, health = false,
        request = function(_, ctx)
          seen = ctx.pools.default[1]
          return { status = 200 }
        end,
      }]] }
    proxy:get "/"
    reload(proxy)
    proxy:wait_line "the last of a: nil"
    proxy:get "/"
    proxy:signal "sigterm"
    assert.equal(0, proxy:wait_exit())
  end)
end)

describe("200 reloads", function()
  after_each(kit.cleanup)

  it("leave no memory behind", function()
    local a = kit.backend { name = "a" }
    local proxy = start(script_of(list_of(a), [[
      pick = { pick = function(up) return up[1] end, done = function() end },
      request = function(req, ctx) ctx.data.big = ("x"):rep(10000) end,
      every = { [1] = function() end },
    ]]))
    local function go_through(count)
      for _ = 1, count do
        reload(proxy)
        assert.equal("a", proxy:get("/").body)
      end
      return memory_of(proxy)
    end
    local before = go_through(50)
    local grown = go_through(150) - before
    -- Valgrind keeps what was freed.
    assert.is_true(grown < 1024 or os.getenv "LUAPROXY_WRAP" ~= nil, grown .. " KB")
  end)
end)
