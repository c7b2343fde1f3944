--- Backends for a soak: one who dies and comes back, one who is rude in every way, and one who
-- counts.

local kit = require "spec.support.kit"

local backends = {}

local POISON = "POISON"   -- what no client may ever see

local function pause(seconds, conn)
  local done = kit.now() + seconds
  pcall(kit.until_true, function()
    return kit.now() >= done or conn and conn.inbox.ended
  end, "a pause", seconds + 1)
end

local function ok(body, fields)
  return kit.response { body = body or "ok", fields = fields }
end

-- What it does with a request, of whose body nothing was read. Afterwards the connection is closed,
-- unless the function says that it may be kept.
local RUDE = {
  fine = function(conn) conn:send(ok()) return true end,
  hang = function(conn) pause(7, conn) end,
  drip = function(conn)
    local text = ok(("x"):rep(20))
    conn:send(text:sub(1, -21))
    for i = #text - 19, #text do pause(0.03, conn) conn:send(text:sub(i, i)) end
    return true
  end,
  sorry = function(conn) conn:send(kit.response { status = 503, body = "sorry" }) return true end,
  sorry_within = function(conn)
    conn:send "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000\r\n\r\nsome"
    pause(0.02, conn)
    conn:reset()
  end,
  slow = function(conn) pause(0.5, conn) conn:send(ok()) return true end,
  reset = function(conn) conn:reset() end,
  close = function() end,
  reset_within = function(conn)
    conn:send "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome"
    pause(0.02, conn)
    conn:reset()
  end,
  close_within = function(conn)
    conn:send "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nsome"
  end,
  close_in_head = function(conn) conn:send "HTTP/1.1 200 OK\r\nContent-" end,
  close_in_chunk = function(conn)
    conn:send "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nsome"
  end,
  garbage = function(conn, random)
    local bytes = {}
    for i = 1, 200 do bytes[i] = string.char(random(0, 255)) end
    conn:send(table.concat(bytes))
  end,
  bare_lf = function(conn) conn:send "HTTP/1.1 200 OK\nContent-Length: 0\n\n" end,
  two_lengths = function(conn)
    conn:send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n" .. POISON)
  end,
  bad_chunk = function(conn)
    conn:send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nx\r\n" .. POISON)
  end,
  twice = function(conn) conn:send(ok() .. ok(POISON)) return true end,
  leftover = function(conn) conn:send(ok() .. POISON) return true end,
  -- No poison: if the connection is in use again by then, nobody can tell that this is no answer.
  later = function(conn)
    conn:send(ok())
    pause(0.05, conn)
    conn:send(ok())
  end,
  half_closed = function(conn) conn:shutdown() pause(0.3, conn) end,
  answered_half_closed = function(conn) conn:send(ok()) conn:shutdown() pause(0.3, conn) end,
  interim = function(conn)
    conn:send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" .. ok())
    return true
  end,
  flood = function(conn) conn:send(("HTTP/1.1 100 Continue\r\n\r\n"):rep(40) .. ok(POISON)) end,
  large_head = function(conn) conn:send(ok(POISON, { X = ("x"):rep(70000) })) end,
  until_close = function(conn) conn:send "HTTP/1.0 200 OK\r\n\r\nok" end,
}

--- The names of what the rude one can do.
backends.RUDENESSES = {}
for name in pairs(RUDE) do
  backends.RUDENESSES[#backends.RUDENESSES + 1] = name
end
table.sort(backends.RUDENESSES)

--- What no client may ever see.
backends.POISON = POISON

-- Serves connection after connection, as ACT does with the head of each request; it says whether
-- the connection may be kept. Whatever goes wrong is the business of who is at the other end.
local function serve(act)
  return kit.listener { on_accept = function(conn)
    kit.background("a backend", function()
      pcall(function()
        while act(conn, conn:read_head(math.huge)) do end
      end)
      if not conn.closed then conn:close() end
    end)
  end }
end

-- Accepts an upgrade and sends back what comes, until it ends.
local function echo_tunnel(conn)
  conn:send "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
  while true do conn:send(conn:read_some(math.huge)) end
end

--- Does with a request what its path says, without reading a body; the last word of the path.
-- @tparam function random
-- @treturn listener
function backends.rude(random)
  return serve(function(conn, head)
    if (head.fields.upgrade or ""):lower() == "websocket" then return echo_tunnel(conn) end
    local act = RUDE[head.target:match "^/%a+/([%a_]+)"] or RUDE.fine
    local has_body = head.fields["transfer-encoding"] or head.fields["content-length"]
    return act(conn, random) and not has_body
  end)
end

--- Counts requests by their X-Id, answers some and dies of others.
-- @tparam function random
-- @tparam verdict verdict hears of a request that has come twice
-- @treturn listener
function backends.counting(random, verdict)
  local seen = {}
  return serve(function(conn, head)
    local id = head.fields["x-id"]
    if seen[id] then verdict:mistake(("request %s has come twice"):format(id)) end
    seen[id] = true
    local what = random(10)
    if what == 1 then conn:reset() return false end
    if what == 2 then return false end
    local body = conn:read_body(head, { timeout = math.huge }).body
    if what == 3 then return false end
    if what == 4 then pause(2, conn) return false end
    conn:send(ok(kit.fnv1a(body)))
    return true
  end)
end

--- Serves, or closes or resets a connection when a request comes; now and then nobody is there
-- for a while.
-- @tparam function random
-- @tparam function stopped
-- @treturn backend
function backends.dying(random, stopped)
  local self = kit.backend { name = "dying", handler = function(_, conn)
    local what = random(8)
    if what == 1 then conn:close() return nil end
    if what == 2 then conn:reset() return nil end
    return "served by who dies\n"
  end }
  kit.background("the death of a backend", function()
    while not stopped() do
      pause(random() * 0.6)
      self:stop()
      pause(random() * 0.2)
      self:start()
    end
  end)
  return self
end

return backends
