--- Policies around policies: whatever a wrapper does not care about is passed on.
--
-- The policy within hears in `changed` of the whole list, but its `pick` may be given parts of it.

local wrap = {}

--- A policy table, whichever form a policy has. Complains at the caller of the caller.
-- @tparam function|table p `pick`, or a table with `pick`
-- @treturn table with `pick`
function wrap.policy(p)
  if type(p) == "function" then return { pick = p } end
  if type(p) ~= "table" or type(p.pick) ~= "function" then
    error("the first argument must be a policy: a function, or a table with pick", 3)
  end
  return p
end

--- A policy that chooses in its own way and is otherwise the one within: `done`, `changed`, `save`,
-- `restore`, and whatever else it offers.
-- @tparam table p
-- @tparam function pick
-- @treturn table
function wrap.around(p, pick)
  local policy = {}
  for name, value in pairs(p) do policy[name] = value end
  policy.pick = pick
  return policy
end

return wrap
