-- Health of VirtualStock, Reservation, VirtualMachine, VirtualStorage, VirtualNetwork, VirtualizationRequest and Order for Argo CD. How to install it: README.md beside this file.
local health = { status = 'Progressing', message = 'not looked at yet' }
local status = obj.status
if status == nil then
  return health
end

local function ready()
  for _, condition in ipairs(status.conditions or {}) do
    if condition.type == 'Ready' then
      return condition
    end
  end
  return nil
end

if obj.kind == 'VirtualStock' then
  local condition = ready()
  if condition == nil or (status.observedGeneration or 0) < (obj.metadata.generation or 0) then
    return health
  end
  health.message = condition.message
  if condition.status == 'True' then
    health.status = 'Healthy'
  elseif condition.reason == 'Paused' then
    health.status = 'Suspended'
  elseif condition.reason ~= 'Terminating' then
    health.status = 'Degraded'
  end
  return health
end

health.message = status.message
local phase = status.phase

if obj.kind == 'Reservation' then
  local wanted = obj.spec.state or 'Reserved'
  if phase == 'Rejected' or phase == 'Expired' then
    health.status = 'Degraded'
  elseif phase == wanted or phase == 'Released' then
    health.status = 'Healthy'
  end
  return health
end

if obj.kind == 'VirtualizationRequest' then
  if phase == 'Completed' then
    health.status = 'Healthy'
  elseif phase == 'Failed' then
    health.status = 'Degraded'
  end
  return health
end

if obj.kind == 'Order' then
  if phase == 'Completed' then
    health.status = 'Healthy'
  elseif phase == 'Cancelled' or phase == 'NeedsAttention' then
    health.status = 'Degraded'
  end
  return health
end

if phase == 'Running' or phase == 'Allocated' or phase == 'Active' then
  local condition = ready()
  if condition ~= nil and condition.status == 'True' then
    health.status = 'Healthy'
  end
elseif phase == 'Stopped' then
  health.status = 'Suspended'
elseif phase == 'Failed' then
  health.status = 'Degraded'
end
return health
