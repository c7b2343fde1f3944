--- Load: clients which ask again as soon as they are answered, in the background.

local kit = require "spec.support.kit"

local load = {}
load.__index = load

local function count(self, response)
  self.answered = self.answered + 1
  if response.status ~= 200 then
    self.failed[#self.failed + 1] = response.line
  else
    local name = response.body:match "^[^\n]*"
    self.shares[name] = (self.shares[name] or 0) + 1
  end
end

-- With a rate, requests have their moments.
local function wait_for_turn(self, n)
  local due = self.began + n / self.rate
  kit.until_true(function() return kit.now() >= due end, "the turn of a request")
end

-- Returns the connection for the next request.
local function ask(self, client)
  local n = self.asked + 1
  self.asked = n
  if self.rate then wait_for_turn(self, n) end
  client:send(self.make and self.make(n) or self.request)
  local response = client:read_message()
  count(self, response)
  if response.fields.connection ~= "close" then return client end
  client:close()
  return self.proxy:connect()
end

local function run_client(self)
  local client = self.proxy:connect()
  while not self.stopped and self.asked < self.total do client = ask(self, client) end
  client:close()
  self.running = self.running - 1
end

--- Starts clients, each of which keeps its connection as long as it may.
-- @tparam process proxy
-- @tparam table options `clients`: how many, `total`: requests of all of them (without end),
-- `target`; `make`: makes the bytes of a request from its number; `rate`: requests a second, of all
-- clients together, if they are answered in time
-- @treturn load with `.asked`, `.answered`, `.shares`: a map of the first lines of bodies to
-- numbers, `.failed`: the status lines of answers other than 200
function load.start(proxy, options)
  local self = setmetatable({
    proxy = proxy, request = kit.request { target = options.target },
    make = options.make, rate = options.rate, began = kit.now(),
    total = options.total or math.huge, asked = 0, answered = 0, shares = {}, failed = {},
    running = options.clients,
  }, load)
  for i = 1, options.clients do
    kit.background("client " .. i, function() run_client(self) end)
  end
  return self
end

--- Waits until N more requests were answered.
-- @tparam number n
function load:wait_answers(n)
  local wanted = self.answered + n
  kit.until_true(function() return self.answered >= wanted end, n .. " answers")
end

--- Waits until all requests were answered.
-- @tparam ?number timeout
-- @treturn load itself
function load:wait(timeout)
  kit.until_true(function() return self.running == 0 end, "the end of the load", timeout)
  return self
end

--- Lets the clients finish what they have begun.
-- @treturn load itself
function load:stop()
  self.stopped = true
  return self:wait()
end

return load
