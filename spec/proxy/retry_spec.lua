-- What a script says of retries: for which reasons, with which bodies, how many, and when.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { %s }, health = false, outlier = false, retry = { %s },
    timeouts = { connect = 0.1, response = %s },
    pick = function(up, req, ctx) print("attempt " .. ctx.attempt) return up[1] end,
  }
]]

local patience = 10

-- A proxy with KEYS about retries before these backends, or ports.
local function proxy_before(keys, ...)
  local addrs = {}
  for i, backend in ipairs { ... } do
    addrs[i] = ("%q"):format(type(backend) == "table" and backend.addr or "127.0.0.1:" .. backend)
  end
  return kit.proxy { script = SCRIPT, table.concat(addrs, ", "), keys, patience }
end

local function reset(_, conn) conn:reset() end
local function hang() end

-- How many retries there were, and how many were not granted.
local function count(proxy)
  proxy:stop()
  local line = proxy:lines "stopped: (.*)"[1]
  return tonumber(line:match "(%d+) retries,"), tonumber(line:match "(%d+) retries not granted")
end

describe("retry.on", function()
  setup(function() patience = 0.1 end)
  teardown(function() patience = 10 end)
  after_each(kit.cleanup)

  local function backends()
    return {
      connect = kit.closed_port(), late = kit.deaf_listener(),
      reset = kit.backend { handler = reset }, timeout = kit.backend { handler = hang },
      status = kit.backend { status = 503, body = "sorry" },
    }
  end

  for on, wanted in pairs {
    ['"connect"'] = { connect = true, late = true },
    ['"reset"'] = { reset = true },
    ['"timeout"'] = { timeout = true },
    ["503"] = { status = true },
    ['"connect", "reset", "timeout", 503'] =
      { connect = true, late = true, reset = true, timeout = true, status = true },
    [""] = {},
  } do
    it(("= { %s } has nothing else tried again"):format(on), function()
      for name, a in pairs(backends()) do
        local b = kit.backend { name = "b" }
        local proxy = proxy_before(("on = { %s }"):format(on), a, b)
        local response = proxy:get "/"
        assert.equal(wanted[name] or false, response.body == "b", name)
        assert.equal(wanted[name] and 1 or 0, #b.requests, name)
      end
    end)
  end

  it("is connect, reset and timeout if nothing is said", function()
    for name, a in pairs(backends()) do
      local b = kit.backend { name = "b" }
      assert.equal(name ~= "status", proxy_before("", a, b):get("/").body == "b", name)
    end
  end)
end)

describe("a status in retry.on", function()
  local a, b
  local BODY = kit.payload(300000)

  before_each(function()
    a = kit.backend { status = 503, body = BODY, fields = { ["Retry-After"] = "7" } }
    b = kit.backend { name = "b" }
  end)
  after_each(kit.cleanup)

  local function assert_as_it_came(response)
    assert.same({ 503, "7" }, { response.status, response.fields["retry-after"] })
    assert.is_true(response.body == BODY)
  end

  it("has another backend asked, and the response is dropped with its connection", function()
    local proxy = proxy_before("on = { 503 }", a, b)
    for _ = 1, 3 do assert.equal("b", proxy:get("/").body) end
    assert.same({ 3, 3, 3 }, { #a.requests, a.connections, #b.requests })
    proxy:wait_line("warn +backend " .. a.addr .. ": status 503, retry")
    kit.until_true(function() return a:open_connections() == 0 end)
    assert.equal(3, (count(proxy)))
  end)

  it("has it asked with the body", function()
    local proxy = proxy_before("on = { 503 }", a, b)
    for _, body in ipairs { "a file", { "a ", "file" } } do
      assert.equal("b", proxy:request({ method = "PUT", body = body }).body)
    end
    for i = 1, 2 do
      assert.same({ "a file", "a file" }, { a.requests[i].body, b.requests[i].body })
    end
  end)

  it("is passed on as it came where nobody else is left", function()
    local proxy = proxy_before("on = { 503 }, tries = 5", a)
    assert_as_it_came(proxy:get "/")
    assert_as_it_came(proxy:get "/")
    assert.same({ 2, 1 }, { #a.requests, a.connections })
    assert.same({}, proxy:lines "backend")
  end)

  it("is passed on as it came where no tries are left", function()
    assert_as_it_came(proxy_before("on = { 503 }, tries = 1", a, b):get "/")
    assert.equal(0, b.connections)
  end)

  it("is passed on as it came where the script wants nobody else", function()
    local proxy = kit.proxy { script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, retry = { on = { 503 } },
        health = false, pick = {
          pick = function(up, req, ctx) return ctx.attempt == 1 and up[1] or nil end,
          done = function(b, result, ctx) print("done", ctx.attempt, result.status) end } }
    ]], a, b }
    assert_as_it_came(proxy:get "/")
    assert.equal(0, b.connections)
    assert.equal("done 1 503", proxy:wait_line "done .*")
  end)

  it("is passed on as it came where the budget is spent", function()
    local proxy = proxy_before("on = { 503 }, budget = 0", a, b)
    assert_as_it_came(proxy:get "/")
    assert.equal(0, b.connections)
    proxy:wait_line "warn +pool default: retry budget is spent"
    assert.same({}, proxy:lines "backend")
    assert.same({ 0, 1 }, { count(proxy) })
  end)

  it("is the answer to a POST, which nobody else gets", function()
    local proxy = proxy_before("on = { 503 }", a, b)
    assert_as_it_came(proxy:request { method = "POST", body = "one euro" })
    assert.same({ 1, 0 }, { #a.requests, b.connections })
  end)

  it("is the answer behind a 1xx which was passed on", function()
    a.handler = function(_, conn)
      conn:send "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
      return { status = 503, body = "sorry" }
    end
    local proxy = proxy_before("on = { 503 }", a, b)
    assert.equal("sorry", proxy:get("/").body)
    assert.equal(0, b.connections)
  end)

  it("of the last one is passed on if all have it", function()
    local other = kit.backend { status = 503, body = "sorry from the other" }
    assert.equal("sorry from the other", proxy_before("on = { 503 }", a, other):get("/").body)
  end)

  it("is not seen by the hook, unless it is passed on", function()
    local hooked = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false,
        retry = { on = { 503 } }, pick = function(up) return up[1] end,
        response = function(res) print("hook " .. res.status) end }
    ]]
    local proxy = kit.proxy { script = hooked, a, b }
    assert.equal("b", proxy:get("/").body)
    assert.equal("200", proxy:wait_line "hook (%d+)")
    local alone = kit.proxy { script = hooked, a, kit.backend { handler = reset } }
    assert.equal(502, alone:get("/").status)
    assert.same({}, alone:lines "hook")
  end)

  it("is told to the policy as how an attempt has ended, one after the other", function()
    local proxy = kit.proxy { script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false,
        retry = { on = { 503 } }, pick = {
          pick = function(up) return up[1] end,
          done = function(b, result, ctx)
            print("done", ctx.attempt, result.status, result.err, b.inflight)
          end } }
    ]], a, b }
    proxy:get "/"
    proxy:wait_line "done 1 503 nil 0"
    proxy:wait_line "done 2 200 nil 0"
  end)
end)

describe("retry.body", function()
  local a, b, proxy

  before_each(function() a, b = kit.backend { handler = reset }, kit.backend { name = "b" } end)
  after_each(kit.cleanup)

  local function put(body)
    return proxy:request({ method = "PUT", body = body }).body == "b"
  end

  it("is what a body may have so that it can be sent again", function()
    proxy = proxy_before("body = 1000", a, b)
    local fits, is_longer = ("x"):rep(1000), ("x"):rep(1001)
    assert.same({ true, true, false, false },
      { put(fits), put { fits:sub(1, 600), fits:sub(601) }, put(is_longer), put { fits, "x" } })
    assert.same({ 1000, 1000 }, { #b.requests[1].body, #b.requests[2].body })
    assert.equal(2, #b.requests)
  end)

  it("is 64 KB if nothing is said", function()
    proxy = proxy_before("", a, b)
    assert.is_true(put(kit.payload(65536)))
    assert.is_true(b.requests[1].body == kit.payload(65536))
    assert.is_false(put(kit.payload(65537)))
  end)

  it("= 0 has no body sent again", function()
    proxy = proxy_before("body = 0", a, b)
    assert.is_false(put "x")
    assert.equal(0, b.connections)
  end)

  it("may be much: all of it comes to the next one as it was", function()
    proxy = proxy_before("body = 3000000", a, b)
    local body = kit.payload(3000000)
    assert.is_true(put(body))
    assert.is_true(b.requests[1].body == body)
    assert.is_true(put { body:sub(1, 1000000), body:sub(1000001) })
    assert.is_true(b.requests[2].body == body)
  end)

  it("does not let a long one be lost that needs no retry", function()
    proxy = proxy_before("body = 1000", b)
    local body = kit.payload(1000000)
    for _, sent in ipairs { body, { body:sub(1, 500), body:sub(501) } } do
      assert.is_true(put(sent))
      assert.is_true(b.requests[#b.requests].body == body)
    end
  end)

  for _, method in ipairs { "GET", "OPTIONS", "DELETE" } do
    it("is for the body of " .. method .. " as well", function()
      proxy = proxy_before("", a, b)
      assert.equal("b", proxy:request({ method = method, body = "why not" }).body)
      assert.equal("why not", b.requests[1].body)
    end)
  end
end)

describe("retry.budget", function()
  after_each(kit.cleanup)

  -- Backends of which the first refuses every other request, which goes to it first.
  local function start(keys, a, b)
    return kit.proxy {
      script = [[
        local n = 0
        return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false, outlier = false,
          retry = { %s },
          pick = function(up, req, ctx)
            if ctx.attempt == 1 then n = n + 1 end
            return ctx.attempt == 1 and n %% 2 == 0 and up[2] or up[1]
          end }
      ]], a, b, keys,
    }
  end

  local MANY = 400

  -- Asks MANY times, and gives how often that went well, and how long it took.
  local function ask(proxy)
    local client, well, began = proxy:connect(), 0, kit.now()
    for _ = 1, MANY do
      client:send(kit.request {})
      if client:read_message().status == 200 then well = well + 1 end
    end
    return well, kit.now() - began
  end

  it("keeps retries to a share of the requests: beyond it the failure is the answer", function()
    local b = kit.backend { name = "b" }
    local proxy = start("", "127.0.0.1:" .. kit.closed_port(), b)
    local well, took = ask(proxy)
    local retries, denied = count(proxy)
    -- Thirty are granted for nothing, every ten seconds anew.
    assert.is_true(retries <= 0.2 * MANY + 30 * (took // 9), retries .. " retries")
    assert.is_true(retries >= 0.2 * MANY - 2, retries .. " retries")
    assert.equal(MANY / 2, retries + denied)
    assert.same({ MANY - denied, MANY - denied }, { well, #b.requests })
    local lines = #proxy:lines "warn +pool default: retry budget is spent"
    assert.is_true(lines >= 1 and lines <= took + 2, lines .. " lines")
  end)

  it("= 1 has all of them retried", function()
    local proxy = start("budget = 1", "127.0.0.1:" .. kit.closed_port(), kit.backend { name = "b" })
    assert.equal(MANY, (ask(proxy)))
    assert.same({ MANY / 2, 0 }, { count(proxy) })
  end)

  it("= 0 has none of them retried", function()
    local proxy = start("budget = 0", "127.0.0.1:" .. kit.closed_port(), kit.backend { name = "b" })
    assert.equal(MANY / 2, (ask(proxy)))
    assert.same({ 0, MANY / 2 }, { count(proxy) })
  end)

  it("leaves thirty to who has few requests", function()
    local proxy = proxy_before("", kit.backend { handler = reset }, kit.backend { name = "b" })
    for _ = 1, 30 do assert.equal("b", proxy:get("/").body) end
    assert.equal(502, proxy:get("/").status)
    assert.same({ 30, 1 }, { count(proxy) })
  end)

  it("is each pool's own", function()
    local a, b = kit.backend { handler = reset }, kit.backend { name = "b" }
    local pool = ([[{ backends = { "%s", "%s" }, health = false, outlier = false,
      pick = function(up) return up[1] end }]]):format(a.addr, b.addr)
    local proxy = kit.proxy { script = [[
      return { listen = "127.0.0.1:0", pools = { x = %s, y = %s },
        route = function(req) return req.path:sub(2) end }
    ]], pool, pool }
    for _ = 1, 30 do assert.equal(200, proxy:get("/x").status) end
    assert.equal(502, proxy:get("/x").status)
    assert.equal(200, proxy:get("/y").status)
  end)

  it("does not concern a kept-open connection that was just closed", function()
    local a = kit.backend { handler = function(_, conn)
      if conn.used then return conn:reset() end
      conn.used = true
      return "first"
    end }
    local proxy = proxy_before("budget = 0", a)
    for _ = 1, 40 do assert.equal("first", proxy:get("/").body) end
    assert.same({ 0, 0 }, { count(proxy) })
  end)

  it("never has a POST seen twice, whatever dies under it", function()
    local seen, deaths = {}, { reset, hang, function(_, conn) conn:close() end }
    local function handler(request, conn)
      seen[request.body] = (seen[request.body] or 0) + 1
      local n = tonumber(request.body)
      if n % 10 < 3 then return deaths[n % 10 + 1](request, conn) end
      return "done"
    end
    local a, b = kit.backend { handler = handler }, kit.backend { handler = handler }
    local proxy = kit.proxy { script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "127.0.0.1:%d", "%s" }, health = false,
        outlier = false, timeouts = { response = 0.05 },
        retry = { tries = 3, budget = 1, on = { "connect", "reset", "timeout", 503 } } }
    ]], a, kit.closed_port(), b }
    local done = 0
    for i = 1, 100 do
      local response = proxy:request { method = "POST", body = tostring(i) }
      if response.status == 200 then done = done + 1 end
    end
    assert.equal(70, done)
    for i = 1, 100 do assert.equal(1, seen[tostring(i)], i) end
  end)
end)

describe("retry.backoff", function()
  after_each(kit.cleanup)

  -- Three backends of which only the last one answers.
  local function start(keys)
    return proxy_before(keys, kit.closed_port(), kit.closed_port(), kit.backend { name = "c" })
  end

  local function took(run)
    local began = kit.now()
    run()
    return kit.now() - began
  end

  it("is a pause before each further attempt, twice as long each time", function()
    local proxy = start "tries = 3, backoff = 0.2"
    local seconds = took(function() assert.equal("c", proxy:get("/").body) end)
    assert.is_true(seconds > 0.3 - 0.01 and seconds < 0.6 + 1, seconds .. " s")
  end)

  it("is none if nothing is said", function()
    local proxy, fastest = start "tries = 3", math.huge
    for _ = 1, 5 do
      fastest = math.min(fastest, took(function() assert.equal("c", proxy:get("/").body) end))
    end
    assert.is_true(fastest < 0.05, fastest .. " s")
  end)

  it("is not waited for where nobody else is left", function()
    local proxy = proxy_before("tries = 3, backoff = 10", kit.backend { handler = reset })
    assert.is_true(took(function() assert.equal(502, proxy:get("/").status) end) < 5)
  end)

  it("ends with the client", function()
    local proxy = start "tries = 3, backoff = 60"
    local client = proxy:connect()
    client:send(kit.request {})
    proxy:wait_line "attempt 1"
    client:reset()
    proxy:wait_line 'access .* 499 .* tries=1 '
  end)

  it("does not keep other requests waiting", function()
    local proxy = start "tries = 3, backoff = 0.5"
    local first, second = proxy:connect(), proxy:connect()
    first:send(kit.request {})
    proxy:wait_line "attempt 1"
    second:send "nonsense\r\n\r\n"
    assert.equal(400, second:read_message().status)
    assert.equal("", first:buffered())
    assert.equal("c", first:read_message().body)
  end)

  it("holds a response with a status in retry.on, which is passed on in the end", function()
    local a = kit.backend { status = 503, body = "sorry" }
    local proxy = kit.proxy { script = [[
      return { listen = "127.0.0.1:0", backends = { "%s", "%s" }, health = false,
        retry = { on = { 503 }, backoff = 0.2 },
        pick = function(up, req, ctx) return ctx.attempt == 1 and up[1] or nil end }
    ]], a, kit.backend { name = "b" } }
    local seconds = took(function() assert.equal("sorry", proxy:get("/").body) end)
    assert.is_true(seconds > 0.1 - 0.01 and seconds < 1.2, seconds .. " s")
  end)
end)
