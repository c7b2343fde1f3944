-- A script, clients and a backend that do whatever comes into their heads, all at once. A seed
-- makes what they do repeatable, if not when: LUAPROXY_SEED. LUAPROXY_ROUNDS is how long.

local kit = require "spec.support.kit"

local SEED = tonumber(os.getenv "LUAPROXY_SEED") or 1
local ROUNDS = tonumber(os.getenv "LUAPROXY_ROUNDS") or 30
local CLIENTS = 12

local SCRIPT = [[
local proxy = require "luaproxy"
local kept = {}

-- What is done to a request or a response.
local deeds = {
  function() proxy.sleep(0.001) end,
  function(_, ctx) proxy.sleep(ctx.random() * 0.03) end,
  function() proxy.http("http://%s/", { timeout = 0.05 }) end,
  function() pcall(proxy.http, "http://127.0.0.1:1/", { body = "x", method = "POST" }) end,
  function() error "oh" end,
  function() error({}) end,
  function() coroutine.yield() end,
  function() return 5 end,
  function() return { status = 200, body = ("x"):rep(100000) } end,
  function() return { status = 204, headers = { ["X-A"] = { "a", "b" } } } end,
  function() return { status = 99 } end,
  function() return { status = 200, headers = { Connection = "close" } } end,
  function(m) m.headers["X-A"] = ("x"):rep(15000) end,
  function(m) for i = 1, 1000 do m.headers["X-" .. i] = i end end,
  function(m) m.headers["X-A"] = { "a", "b\n" } end,
  function(m) pcall(function() m.path, m.query, m.host = "/other", "q", "h" end) end,
  function(m) pcall(function() m.status = 404 end) end,
  function(m, ctx) ctx.data = { m, ctx } ctx.data.more = ctx.data end,
  function(_, ctx) ctx.data = nil end,
  function(m, ctx) kept[ctx.random(20)] = m kept[ctx.random(20)] = ctx end,
  function(_, ctx)
    for i = 1, 20 do
      pcall(function() return kept[i].path, kept[i].status, kept[i].data.x end)
      pcall(function() kept[i].headers.x = "y" end)
      pcall(function() kept[i].data.x = i end)
    end
  end,
  function(_, ctx) coroutine.wrap(function() pcall(proxy.sleep, 0.001) end)() end,
  function(_, ctx) if ctx.random(10) == 1 then while true do end end end,
  function(_, ctx) if ctx.random(10) == 1 then return ("x"):rep(2^26) end end,
}

local function hook(name)
  return { function(...)
    local m, ctx = ..., select(-1, ...)
    local req = select(-2, ...)
    for _ = 1, 1 + ctx.random(3) do
      if req.path:find "calm" then return end
      local answer = deeds[ctx.random(#deeds)](m, ctx)
      if answer then return answer end
    end
  end, waits = true }
end

return {
  listen = "127.0.0.1:0", health = false,
  timeouts = { hook = 0.1, stall = 1, response = 1 },
  pools = {
    default = { backends = { { "%s", id = "a" } }, pick = {
      pick = function(up, req, ctx)
        if ctx.random(50) == 1 then error "no choice" end
        ctx.data = ctx.data
        return up[1]
      end,
      done = function(b, result, ctx) b.data[ctx.random(9)] = result end,
      save = function() return kept end,
      restore = function() end,
    } },
    other = { backends = { { "%s", id = "a" } } },
  },
  route = function(req, ctx)
    local way = ctx.random(20)
    if way == 1 and not req.path:find "calm" then error "no way" end
    return way < 10 and "other" or "default"
  end,
  request = hook "request",
  response = hook "response",
}]]

-- What a backend does.
local function misbehave(random)
  return function(request, conn)
    local deed = request.target:find "calm" and 0 or random(8)
    if deed == 1 then conn:reset()
    elseif deed == 2 then conn:close()
    elseif deed == 3 then
      pcall(conn.send, conn, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart")
      conn:reset()
    elseif deed == 4 then
      pcall(conn.send, conn, "HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n")
      conn:close()
    elseif deed == 5 then return { body = ("y"):rep(200000) }
    elseif deed == 6 then return { status = 304 }
    elseif deed == 7 then return { body = { "ab", "cd" }, fields = { Connection = "x-a" } }
    else return { body = "fine" } end
    return nil
  end
end

-- What a client says.
local function words(random)
  local text = {}
  for i = 1, random(3) do
    text[i] = ({
      kit.request { target = "/wild" },
      kit.request { target = "/wild", method = "HEAD" },
      kit.request { target = "/wild", method = "POST", body = ("b"):rep(random(100000)) },
      kit.request { target = "/wild", method = "POST", body = { "ab", "cd" } },
      "POST /wild HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
      "GET /wild HTTP/1.0\r\nConnection: x-a, x-b\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET /wild HTTP/1.1\r\nHost: x\r\n",
    })[random(8)]
  end
  return table.concat(text)
end

-- One client's visit, whatever comes of it.
local function visit(proxy, random)
  local client = proxy:connect()
  client:post(words(random))
  local deed = random(4)
  if deed == 1 then client:reset() return end
  pcall(client.read_message, client, { timeout = 0.01 * random(20) })
  if deed == 2 then client:reset() else client:close() end
end

describe("a hostile script between hostile peers", function()
  after_each(kit.cleanup)

  it(("harms nobody else (seed %d)"):format(SEED), function()
    math.randomseed(SEED)
    local random = math.random
    local backend = kit.backend { handler = misbehave(random) }
    local asked = kit.backend { handler = misbehave(random) }
    local proxy = kit.proxy { script = SCRIPT, asked, backend, backend }
    local left = CLIENTS
    for _ = 1, CLIENTS do
      kit.background("a client", function()
        for _ = 1, ROUNDS do visit(proxy, random) end
        left = left - 1
      end)
    end
    while left > 0 do
      local response = proxy:get "/calm"
      assert.is_true(response.status == 200 or response.status == 500, response.status)
      if response.status == 500 then         -- a hook is tripped
        proxy:signal "sighup"
        proxy:wait_line "loaded .* anew"
      end
    end
    proxy:signal "sighup"
    proxy:wait_line "loaded .* anew"
    assert.equal(200, proxy:get("/calm").status)
    assert.equal(0, (proxy:stop(10)))
  end)
end)
