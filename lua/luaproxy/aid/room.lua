--- Who of a list may have another request: consistent hashing with bounded loads.
-- Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads", 2017.
--
-- With m requests in flight at n backends nobody gets more than ceil(bound * (m + 1) / n), or his
-- share of that by weight. To know m without adding up for every choice, what has been seen of
-- each backend is kept, and put right whenever one is met: when he is asked for, when a request
-- of his ends, and one in turn with every choice. Whoever goes through all finds one with room.

local room = {}
room.__index = room

--- The room in a list.
-- @tparam {table,...} list of backends
-- @tparam ?number bound how many times his fair share a backend may have; nil: any
-- @treturn table
function room.new(list, bound)
  local self = setmetatable({
    list = list, bound = bound, requests = 0, weight = 0, turn = 0, inflight = {}, weighs = {},
  }, room)
  for _, b in ipairs(list) do
    self.inflight[b], self.weighs[b] = 0, 0
    self:see(b)
  end
  return self
end

--- Looks at a backend, which may be of another list.
-- @tparam table b
function room:see(b)
  local requests = self.inflight[b]
  if requests then
    self.requests = self.requests + b.inflight - requests
    self.weight = self.weight + b.weight - self.weighs[b]
    self.inflight[b], self.weighs[b] = b.inflight, b.weight
  end
end

--- Looks at the next backend in turn: to be called once for every choice.
function room:look()
  if self.bound then
    self.turn = self.turn % #self.list + 1
    self:see(self.list[self.turn])
  end
end

--- Is there room at a backend for another request? Not if it is not of this list.
-- @tparam table b
-- @treturn boolean
function room:has(b)
  local requests = self.inflight[b]
  if not requests or not self.bound then return requests ~= nil end
  if requests ~= b.inflight or self.weighs[b] ~= b.weight then self:see(b) end
  -- Without the little that is taken off, an error of rounding would be a request more.
  local most = self.bound * (self.requests + 1) * b.weight / self.weight - 1e-9
  return b.inflight < math.ceil(most)
end

--- Tells that a backend is about to get a request.
-- @tparam table b
function room:take(b)
  self.inflight[b], self.requests = self.inflight[b] + 1, self.requests + 1
end

return room
