-- Memory that runs out: the address space of the proxy is limited, and clients fill it.

local kit = require "spec.support.kit"
local scarce = require "spec.support.scarce"
local usage = require "spec.support.usage"

-- Requests for /slow go to somebody who never accepts: what has come of their bodies is held.
local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { "%s", "%s" },
    health = false, timeouts = { connect = 60 },
    pick = function(up, req) return req.path == "/slow" and up[1] or up[2] end }
]]

local CLIENTS, MORE = 400, 16 << 20
local BEGIN, REST = "GET / HTTP/1.1\r\n", "Host: a\r\n\r\n"
local HALF = kit.request {
  method = "POST", target = "/slow", fields = { ["Content-Length"] = 100000 },
} .. ("x"):rep(60000)

describe("when memory runs out", function()
  local proxy

  before_each(function()
    proxy = kit.proxy { script = SCRIPT, kit.deaf_listener(), kit.backend { name = "b" } }
    kit.run { "prlimit", "--pid", proxy.pid, "--as=" .. usage.address_space(proxy) + MORE .. ":" }
  end)
  after_each(kit.cleanup)

  -- Some who have begun to ask for something small.
  local function begin_small(count)
    local clients = {}
    for i = 1, count do
      clients[i] = proxy:connect()
      clients[i]:send(BEGIN)
    end
    return clients
  end

  -- More clients than there is memory for, each with the first half of a body.
  local function fill_memory()
    local clients = {}
    for i = 1, CLIENTS do
      clients[i] = proxy:connect()
      clients[i]:post(HALF)
    end
    return clients
  end

  local function leave(clients)
    for _, client in ipairs(clients) do client:reset() end
  end

  -- The rest of a small request is answered; with which status?
  local function finish(client)
    client:send(REST)
    local response = client:read_message()
    if response.status == 503 then assert.equal("1", response.fields["retry-after"]) end
    return response.status
  end

  -- One of these clients is turned away.
  local function await_shortage(small)
    kit.until_true(function() return finish(table.remove(small)) == 503 end, "a 503")
  end

  local function await_memory()
    kit.until_true(function() return proxy:get("/").status == 200 end, "a 200")
  end

  it("who is there is answered, and all are served when others have left", function()
    local small = begin_small(20)
    local clients = fill_memory()
    proxy:wait_line "warn +out of memory: %d+ clients, nobody else is let in"
    await_shortage(small)
    assert.is_true(usage.cpu(proxy, 0.5) < 0.1)
    local status = finish(small[1])
    assert.is_true(status == 503 or status == 200)
    leave(clients)
    await_memory()
    assert.equal(200, finish(small[2]))
    for _ = 1, 50 do assert.equal(200, proxy:get("/").status) end
    assert.is_true(#proxy:lines "out of memory" <= 2)
    proxy:signal "sigusr1"
    proxy:wait_line "backend [^ ]+: up, 0 in flight"
    proxy:wait_line "backend [^ ]+: up, 0 in flight"
  end)

  it("that can happen again and again", function()
    for _ = 1, 3 do
      local small = begin_small(20)
      local clients = fill_memory()
      await_shortage(small)
      leave(clients)
      await_memory()
    end
  end)

  it("clients who ask for nothing have to go", function()
    local idle = proxy:connect()
    local clients = fill_memory()
    idle:expect_eof()
    leave(clients)
  end)
end)

describe("a body that could be kept to be sent again", function()
  after_each(kit.cleanup)

  it("is not, where there is no memory for that, and nobody is hurt", function()
    local a = kit.backend { handler = function(request) return tostring(#(request.body or "")) end }
    local proxy = kit.proxy { a, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, retry = { body = 16777216 } }
    ]] }
    kit.run { "prlimit", "--pid", proxy.pid, "--as=" .. usage.address_space(proxy) + MORE .. ":" }
    local clients = {}
    for i = 1, 3 do
      clients[i] = proxy:connect()
      clients[i]:post(kit.request { method = "PUT", body = ("x"):rep(MORE) })
    end
    for _, client in ipairs(clients) do
      assert.equal(tostring(MORE), client:read_message().body)
    end
    assert.same({}, proxy:lines "out of memory")
  end)
end)

describe("a reload", function()
  after_each(kit.cleanup)

  -- Has the Nth CALL fail while PROXY loads its script anew. Says whether there were so many.
  local function reload_without(proxy, orders, call, n)
    local told = #proxy:lines "loaded"
    orders:fail { call = call, errno = "ENOMEM", nth = n }
    proxy:signal "sighup"
    kit.until_true(function() return #proxy:lines "loaded" > told end, call .. " " .. n)
    return select(2, orders:stop()) > 0
  end

  for _, call in ipairs { "malloc", "calloc", "realloc" } do
    it("changes all or nothing, and says which, whatever there is no memory for: " .. call,
      function()
        local orders = scarce.new()
        local proxy = kit.proxy { env = orders.env, kit.backend(), script = [[
          return { listen = "127.0.0.1:0", backends = { "%s" }, health = false } ]] }
        local n = 1
        while reload_without(proxy, orders, call, n) do n = n + 1 end
        assert.is_true(n > 5)
        assert.equal(200, proxy:get("/").status)
      end)
  end
end)
