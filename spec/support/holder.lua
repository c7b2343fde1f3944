--- A backend that keeps its requests until the spec has them answered, and how many requests of a
-- proxy wait.

local kit = require "spec.support.kit"

local holder = {}
holder.__index = holder

--- Starts a backend that answers nobody by itself.
-- @tparam ?string name the body of its answers
-- @treturn holder with `.addr`, `.held`: the targets of requests that wait for their answers, in
-- the order in which they came, `.backend`
function holder.new(name)
  local self = setmetatable({ name = name or "held", held = {}, conns = {} }, holder)
  self.backend = kit.backend { handler = function(request, conn)
    self.held[#self.held + 1] = request.target
    self.conns[#self.conns + 1] = conn
  end }
  self.addr = self.backend.addr
  return self
end

--- Waits until it has N requests.
-- @tparam number n
function holder:wait_held(n)
  kit.until_true(function() return #self.held >= n end, ("%d requests at %s"):format(n, self.name))
end

--- Answers the request that has waited longest.
-- @treturn string its target
function holder:answer()
  self:wait_held(1)
  local target, conn = table.remove(self.held, 1), table.remove(self.conns, 1)
  conn:send(kit.response { body = self.name .. " " .. target })
  return target
end

--- Sends a request on a connection of its own.
-- @tparam process proxy
-- @tparam string target
-- @treturn conn
function holder.ask(proxy, target)
  local client = proxy:connect()
  client:send(kit.request { target = target })
  return client
end

--- How many requests wait for the pool.
-- @tparam process proxy
-- @tparam ?string pool its name ("default")
-- @treturn number
function holder.waiting(proxy, pool)
  proxy:signal "sigusr1"
  return tonumber((proxy:wait_line(("status: pool %s: .*, (%%d+) requests wait$")
    :format(pool or "default"))))
end

--- Waits until N requests wait for the pool.
-- @tparam process proxy
-- @tparam number n
-- @tparam ?string pool its name ("default")
function holder.wait_waiting(proxy, n, pool)
  kit.until_true(function() return holder.waiting(proxy, pool) == n end, n .. " that wait")
end

return holder
